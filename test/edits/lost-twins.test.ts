import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { RejectionCode } from '../../src/edits/types.js';

interface More {
  mentioned?: string;
  without?: RejectionCode[];
  behind?: string;
}

/** Without a parser, as of a language that has none, or a file that is too large for it. */
function apply(path: string, text: string, code: string, { mentioned, without, behind }: More = {}) {
  const outcome = applyReply({
    reply: `${path}\n\`\`\`\n${code}\n\`\`\`\n${behind ?? ''}`,
    ending: 'stop',
    files: new Map([[path, { kind: 'text' as const, text }]]),
    offered: [path],
    asked: 'whole-file',
    rules: { mentioned: mentioned ?? '', ...(without === undefined ? {} : { without }) },
  });
  if (outcome.kind === 'rejected')
    return outcome.rejections.map(({ code: name, message }) => `${name} ${message}`).join('\n');
  return outcome.kind;
}

const KOTLIN = 'fun f(x: Int): Int {\n    return x\n}\n\nfun f(x: String): Int {\n    return x.length\n}\n';
const ONE = 'fun f(x: Int): Int {\n    return x + 1\n}';

describe('one of several functions of a name, without a parser', () => {
  it.each([
    ['a.kt', KOTLIN, ONE, 'f (1 of 2)'],
    [
      'a.py',
      'class A:\n    @property\n    def x(self):\n        return 1\n\n    @x.setter\n    def x(self, to):\n        pass\n',
      'class A:\n    @property\n    def x(self):\n        return 2',
      'x (1 of 2)',
    ],
    [
      'a.c',
      '#ifdef A\nint f(int x) {\n  return 1;\n}\n#else\nint f(int x) {\n  return 2;\n}\n#endif\n',
      'int f(int x) {\n  return 3;\n}',
      'f (1 of 2)',
    ],
    [
      'a.ts',
      'function f(a: string): void;\nfunction f(a: number): void;\nfunction f(a: unknown) {}\n',
      'function f(a: unknown) {\n  g();\n}',
      'f (2 of 3)',
    ],
  ])('is not lost: %s', (path, text, code, lost) => {
    const outcome = apply(path, text, code);
    expect(outcome).toMatch(/^dropped-declarations /);
    expect(outcome).toContain(lost);
    expect(apply(path, text, code, { mentioned: 'Make f and x faster.' })).toBe(outcome);
  });

  it.each<[string, string, string, More]>([
    ['the task takes it away', KOTLIN, ONE, { mentioned: 'Remove the overload of f that takes a string.' }],
    ['it stands in another file now', KOTLIN, ONE, { behind: `b.kt\n\`\`\`\n${KOTLIN.slice(41)}\`\`\`\n` }],
    ['the guard is off', KOTLIN, ONE, { without: ['dropped-declarations'] }],
    [
      'its class is taken away',
      'class A {\n    fun f() {\n    }\n}\n\nclass B {\n    fun f() {\n    }\n}\n',
      'class A {\n    fun f() {\n    }\n}',
      { mentioned: 'B is not needed.' },
    ],
    ['it is no function', 'class A {\n}\n\nobject A {\n}\n\nval x = 1\n', 'class A {\n}\n\nval x = 2', {}],
  ])('may go where %s', (_, text, code, more) => {
    expect(apply('a.kt', text, code, more)).toBe('applied');
  });

  it('may become one where functions are written in clauses and the task names them', () => {
    const text = 'def f(0), do: 1\ndef f(n), do: n * f(n - 1)\n';
    const code = 'def f(n), do: Enum.product(1..n)';
    expect(apply('a.ex', text, code, { mentioned: 'Make f faster.' })).toBe('applied');
    expect(apply('a.ex', text, code)).toContain('f (1 of 2)');
  });
});
