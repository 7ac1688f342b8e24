import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import { isMisspelt } from '../../src/edits/guards/misspelt-path.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.js', 'a.ts', 'a.py', 'a.go']);

const TEXT = 'export function f() {\n  return 1;\n}\n\nexport function g() {\n  return 2;\n}\n';
const ONE = 'export function f() {\n  return 3;\n}';

interface Case {
  meant?: string;
  text?: string;
  before?: string;
  mentioned?: string;
  without?: boolean;
  behind?: string;
  isAnyFormat?: boolean;
}

function apply(path: string, code: string, more: Case = {}) {
  const meant = more.meant ?? 'src/utils.js';
  const outcome = applyReply({
    reply: `${more.before ?? ''}${path}\n\`\`\`\n${code}\n\`\`\`\n${more.behind ?? ''}`,
    ending: 'stop',
    files: new Map([[meant, { kind: 'text' as const, text: more.text ?? TEXT }]]),
    offered: [meant],
    ...(more.isAnyFormat === true ? {} : { asked: 'named-declaration' as const }),
    rules: { ...(more.without === true ? {} : { parsers }), mentioned: more.mentioned ?? '' },
  });
  if (outcome.kind === 'rejected') return outcome.rejections;
  return outcome.kind === 'applied' ? outcome.changes.map((change) => `${change.kind} ${change.path}`) : [];
}

describe('a new file that is an offered one misspelt', () => {
  it.each([
    ['src/util.js', false],
    ['src/utlis.js', false],
    ['util.js', false],
    ['src/util.js', true],
  ])('is refused, and the other is asked for: %s, without parsers %s', (path, without) => {
    const [rejection] = apply(path, ONE, { without });
    expect(rejection).toMatchObject({ code: 'unknown-path', path });
    expect(rejection).toHaveProperty('feedback', expect.stringContaining('Did you mean src/utils.js?'));
  });

  it.each<[string, string, string, Case]>([
    ['declares something else too', 'src/util.js', `${ONE}\n\nexport function h() {}`, {}],
    ['declares nothing', 'src/util.js', 'console.log(1);', {}],
    ['does something', 'src/util.js', `${ONE}\n\nf();`, {}],
    ['is of another extension', 'src/util.ts', ONE, {}],
    ['tests the other', 'src/utils.test.js', ONE, {}],
    ['stands in another folder', 'lib/util.js', ONE, {}],
    ['imports the other', 'src/util.js', `import { g } from './utils.js';\n\n${ONE}`, {}],
    ['is announced by the task', 'src/util.js', ONE, { mentioned: 'Add src/util.js with f.' }],
    ['is announced by the reply', 'src/util.js', ONE, { before: 'A new file `src/util.js`:\n\n' }],
    [
      'declares what every program has',
      'src/util.js',
      'export function main() {}',
      { text: 'export function main() {\n  return 1;\n}\n', isAnyFormat: true },
    ],
    [
      'has a class with the same methods',
      'src/cats.js',
      'export class Cats {\n  f() {}\n}',
      { meant: 'src/cat.js', text: 'export class Cat {\n  f() {\n    return 1;\n  }\n}\n' },
    ],
    [
      'has methods of another type',
      'cats.go',
      'package a\n\nfunc (c Cats) Name() string { return "" }',
      { meant: 'cat.go', text: 'package a\n\nfunc (c Cat) Name() string {\n\treturn "x"\n}\n' },
    ],
  ])('is made where it %s', (_, path, code, more) => {
    expect(apply(path, code, more)).toEqual([`create ${path}`]);
  });

  it.each([
    ['export function main() {}', 'export function main() {\n  return 1;\n}\n'],
    ['def run(self):\n    pass', 'class A:\n    def run(self):\n        return 1\n'],
  ])('is refused where a changed declaration was asked for, also for %s', (code, text) => {
    const extension = code.startsWith('def') ? 'py' : 'js';
    for (const [path, meant] of [
      ['src/util', 'src/utils'],
      ['src/ul', 'src/url'],
    ]) {
      const more = { text, meant: `${meant}.${extension}` };
      expect(apply(`${path}.${extension}`, code, more)).toMatchObject([{ code: 'unknown-path' }]);
    }
  });

  it('is made where the reply changes the other too: what it declares moves', () => {
    const behind = 'src/utils.js\n```\nexport function g() {\n  return f();\n}\n```\n';
    expect(apply('src/util.js', ONE, { behind })).toEqual(['create src/util.js', 'modify src/utils.js']);
  });

  it.each([
    ['a/utils.js', 'a/util.js', true],
    ['a/categories.py', 'a/category.py', true],
    ['a/date-utils.js', 'a/dateUtils.js', true],
    ['a/contoller.js', 'a/controller.js', true],
    ['a/servise.js', 'a/service.js', true],
    ['controllers_tset.go', 'controllers_test.go', true],
    ['a/tre.py', 'a/tree.py', true],
    ['a/ree.py', 'a/tree.py', true],
    ['a/rtee.py', 'a/tree.py', true],
    ['a/art.py', 'a/rat.py', false],
    ['a/encode.js', 'a/decode.js', false],
    ['a/day1.py', 'a/day2.py', false],
    ['a/east.js', 'a/west.js', false],
    ['a/user.js', 'a/used.js', false],
    ['a/a.js', 'a/b.js', false],
    ['a/app.dev.js', 'a/app.js', false],
    ['a/Makefile', 'a/Makefiles', false],
    ['b/utils.js', 'a/util.js', false],
  ])('%s for %s: %s', (path, meant, expected) => {
    expect(isMisspelt(path, meant)).toBe(expected);
  });
});
