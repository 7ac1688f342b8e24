import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.js', 'A.java', 'a.py']);

function apply(path: string, text: string, reply: string) {
  const outcome = applyReply({
    reply: `${path}\n\`\`\`\n${reply}\n\`\`\`\n`,
    ending: 'stop',
    files: new Map([[path, { kind: 'text' as const, text }]]),
    offered: [path],
    rules: { parsers },
    asked: reply.startsWith('<<<') ? 'search-replace' : 'named-declaration',
  });
  if (outcome.kind === 'rejected') return outcome.rejections.map(({ code }) => code).join();
  const [change] = outcome.kind === 'applied' ? outcome.changes : [];
  return change !== undefined && 'newText' in change ? change.newText : outcome.kind;
}

function swap(old: string, fresh: string): string {
  return `<<<<<<< SEARCH\n${old}\n=======\n${fresh}\n>>>>>>> REPLACE`;
}

const SCRIPT = 'class A {\n  static {\n    register(A);\n  }\n\n  f() {\n    return 1;\n  }\n}\n';
const JAVA =
  'class A {\n  static\n  {\n    r();\n  }\n\n  {\n    x = 1;\n  }\n\n  int x;\n\n  int f() {\n    return 1;\n  }\n}\n';
const PYTHON =
  'class A:\n    """Docs."""\n\n    if X:\n        register(1)\n    else:\n        register(2)\n\n    def f(self):\n        return 1\n';
const ONE_LINE = 'class A { static { register(A); } f() { return 1; } }\n';

describe('a block without a name in a class', () => {
  it.each([
    ['a.js', SCRIPT, 'class A {\n  f() {\n    return 2;\n  }\n}'],
    ['a.js', SCRIPT, 'class A { f() { return 2; } }'],
    ['a.js', ONE_LINE, 'class A { f() { return 2; } }'],
    ['A.java', JAVA, 'class A {\n  int x;\n\n  int f() {\n    return 2;\n  }\n}'],
    [
      'A.java',
      JAVA,
      'class A {\n  static {\n    r();\n  }\n\n  int x;\n\n  int f() {\n    return 2;\n  }\n}',
    ],
    ['a.py', PYTHON, 'class A:\n    def f(self):\n        return 2'],
  ])('is not lost where the old side of a restated class leaves it out: %s, %s', (path, text, old) => {
    expect(apply(path, text, swap(old, old.replace('return 2', 'return 3')))).toBe('not-found');
  });

  it.each([
    ['a.js', SCRIPT, 'register(A)', 'register(B)'],
    ['A.java', JAVA, 'r()', 'q()'],
    ['a.py', PYTHON, 'register(1)', 'register(0)'],
  ])('goes with a restated class that shows it: %s', (path, text, from, to) => {
    const old = text.trimEnd().replace(from, to);
    const fresh = old.replace('return 1', 'return 3');
    expect(apply(path, text, swap(old, fresh))).toBe(`${fresh}\n`);
  });

  it.each([
    ['a.js', SCRIPT, 'class A extends B {\n  f() {\n    return 2;\n  }\n}'],
    ['a.js', SCRIPT.replace(/\n\n {2}f[^]*/, '\n}\n'), 'class A {\n  f() {\n    return 2;\n  }\n}'],
    ['A.java', JAVA, 'class A extends B {\n  int x;\n\n  int f() {\n    return 2;\n  }\n}'],
    ['a.py', PYTHON, 'class A(B):\n    def f(self):\n        return 2'],
  ])('is not lost where a named class leaves it out and says something new: %s, %s', (path, text, code) => {
    expect(apply(path, text, code)).toBe('dropped-declarations');
  });

  it('stays where only the methods of a class are sent, and may change with all of it', () => {
    const part = 'class A {\n  f() {\n    return 2;\n  }\n}';
    expect(apply('a.js', SCRIPT, part)).toBe(SCRIPT.replace('return 1', 'return 2'));
    const whole = SCRIPT.trimEnd().replace('register(A)', 'register(A, 1)').replace('A {', 'A extends B {');
    expect(apply('a.js', SCRIPT, whole)).toBe(`${whole}\n`);
  });
});
