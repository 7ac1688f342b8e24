import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyInput } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.js', 'a.ts', 'a.py', 'a.go', 'a.c']);
const FENCE = '```';

function block(code: string): string {
  return `${FENCE}\n${code}${FENCE}\n`;
}

/** What a reply comes to: the codes of its rejections, or the texts that the files would have. */
function apply(files: Readonly<Record<string, string>>, reply: string, more: Partial<ApplyInput> = {}) {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { kind: 'text' as const, text }] as const,
  );
  const outcome = applyReply({
    reply,
    ending: 'stop',
    files: new Map(entries),
    offered: Object.keys(files),
    rules: { parsers, mentioned: 'mend it' },
    ...more,
  });
  if (outcome.kind !== 'applied')
    return outcome.kind === 'rejected' ? outcome.rejections.map(({ code }) => code) : outcome.kind;
  return Object.fromEntries(
    outcome.changes.map((change) => [change.path, 'newText' in change ? change.newText : null]),
  );
}

const TESTS = `import { x } from './x.js';
describe('x', () => {
  it('w', () => {
    x();
  });
  it('z', () => {
    x(2);
  });
});
`;
const APP = `const app = express();
app.get('/a', (q, r) => r.end('a'));
app.get('/b', (q, r) => r.end('b'));
app.listen(3);
`;

describe('a part of a file never takes the place of all of it', () => {
  it.each<[string, string, string, string]>([
    ['a test that is gone', 'a.test.js', TESTS, TESTS.replace(/ {2}it\('z'[^]*?\n {2}\}\);\n/u, '')],
    ['one test alone', 'a.test.js', TESTS, "it('z', () => {\n  x(3);\n});\n"],
    [
      'a route that is gone',
      'app.js',
      APP,
      APP.replace(/app\.get\('\/b'.*\n/u, '').replace("end('a')", "end('A')"),
    ],
    [
      'a key of JSON',
      'package.json',
      '{\n  "name": "x",\n  "scripts": { "a": "1" }\n}\n',
      '{ "scripts": { "a": "3" } }\n',
    ],
    ['a key of YAML', 'a.yml', 'name: x\non: push\njobs: {}\n', 'jobs:\n  a: {}\n'],
    ['a rule of a style sheet', 'a.css', 'a {\n  b: c;\n}\nd {\n  e: f;\n}\n', 'd {\n  e: g;\n}\n'],
    ['a section of a text', 'a.md', '# A\n\none\n\n## B\n\ntwo\n', '## B\n\nthree\n'],
    [
      'an include',
      'a.c',
      '#include <stdio.h>\n\nint f(void) {\n  return puts("x");\n}\n',
      '#include <math.h>\n\nint f(void) {\n  return puts("y");\n}\n',
    ],
  ])('%s', (_, path, text, code) => {
    expect(apply({ [path]: text }, block(code))).toEqual(['dropped-declarations']);
  });

  it('functions under a condition', () => {
    const text = 'if a:\n    def sep():\n        return 1\nelse:\n    def sep():\n        return 2\n';
    expect(apply({ 'a.py': text }, block('def sep():\n    return 3\n'))).toEqual(['ambiguous']);
  });

  it('but a test may get another title, and a whole text that was asked for another heading', () => {
    const renamed = TESTS.replace("it('z'", "it('zz'");
    expect(apply({ 'a.test.js': TESTS }, block(renamed))).toEqual({ 'a.test.js': renamed });
    const asked = { asked: 'whole-file' } as const;
    expect(apply({ 'a.md': '# A\n\n## B\n' }, block('# C\n'), asked)).toEqual({ 'a.md': '# C\n' });
  });

  it.each<[string, string, string, string, string]>([
    [
      'over several lines',
      'a.ts',
      "import {\n  a,\n  b,\n} from './x';\n\nexport function f() {\n  return a + b;\n}\n",
      "import { c } from './y';\n\nexport function f() {\n  return a + b + c;\n}\n",
      "import {\n  a,\n  b,\n} from './x';\nimport { c } from './y';\n\nexport function f() {\n  return a + b + c;\n}\n",
    ],
    [
      'in a group',
      'a.go',
      'package a\n\nimport (\n\t"fmt"\n)\n\nfunc F() {\n\tfmt.Println(1)\n}\n',
      'import "os"\n\nfunc F() {\n\tfmt.Println(os.Args)\n}\n',
      'package a\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc F() {\n\tfmt.Println(os.Args)\n}\n',
    ],
  ])('imports that are still used stay: %s', (_, path, text, code, expected) => {
    expect(apply({ [path]: text }, block(code))).toEqual({ [path]: expected });
  });
});

describe('the file that a sentence names', () => {
  const FILE = 'export function f() {\n  return 1;\n}\n\nexport function g() {\n  return 3;\n}\n';
  const FIXED = 'export function f() {\n  return 9;\n}\n';
  const files = { 'a.js': FILE, 'b.js': FILE, tool: 'x\n' };
  const offered = ['a.js'];

  it('is made when it is a new one', () => {
    const reply = `Create a new file \`src/helper.js\`:\n\n${block('export const h = 1;\n')}\nThen in \`a.js\`:\n\n${block(FIXED)}`;
    expect(apply(files, reply, { offered })).toEqual({
      'src/helper.js': 'export const h = 1;\n',
      'a.js': FILE.replace('1', '9'),
    });
  });

  it.each(['In `b.js`, change `f`:', 'Now update b.js:', 'The file b.js becomes:'])(
    'is not another one that was offered: %s',
    (sentence) => {
      expect(apply(files, `${sentence}\n\n${block(FIXED)}`, { offered })).toEqual(['not-offered']);
    },
  );

  it('may have any name that a file has', () => {
    const reply = 'tool\n<<<<<<< SEARCH\n  return 3;\n=======\n  return 4;\n>>>>>>> REPLACE\n';
    expect(apply(files, reply, { offered: ['a.js', 'tool'] })).toEqual(['not-found']);
  });

  it('is not looked for in words that are no file', () => {
    const reply = `I changed \`arr.length\` and Node.js is happy:\n\n${block(FIXED)}`;
    expect(apply(files, reply, { offered })).toEqual({ 'a.js': FILE.replace('1', '9') });
  });
});

describe('while a reply streams', () => {
  const text = 'function f() {\n  return 1;\n}\n\nfunction g() {\n  return 2;\n}\n';
  const open = { ending: 'open' } as const;

  it.each<[string, string]>([
    ['a search part without a path', '<<<<<<< SEARCH\nnope nope\n=======\nbut new\n'],
    ['a path that no file has', 'src/nope.js\n<<<<<<< SEARCH\nfunction f() {\n=======\nfunction h() {\n'],
    [
      'a part of a function left out, without a path',
      `${FENCE}js\nfunction f() {\n  // ... existing code ...\n}\n`,
    ],
    [
      'a second copy of a whole file',
      `a.js\n${block(text.replace('1', '3'))}\na.js\n${FENCE}\nfunction f() {\n  return 4;\n`,
    ],
  ])('ends at %s', (_, reply) => {
    expect(apply({ 'a.js': text }, reply, open)).toHaveLength(1);
  });

  it('goes on where declarations of a file come in two blocks', () => {
    const [first = '', second = ''] = text.replace(/\d/gu, '5').split('\n\n');
    const reply = `a.js\n${block(`${first}\n`)}\na.js\n${block(second)}`;
    expect(apply({ 'a.js': text }, reply, open)).toBe('undecided');
    expect(apply({ 'a.js': text }, reply)).toEqual({ 'a.js': text.replace(/\d/gu, '5') });
  });
});
