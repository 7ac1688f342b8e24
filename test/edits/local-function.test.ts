import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.js', 'a.py', 'a.rs']);

function apply(path: string, text: string, code: string, behind = '') {
  const outcome = applyReply({
    reply: `${path}\n\`\`\`\n${code}\n\`\`\`\n${behind}`,
    ending: 'stop',
    files: new Map([[path, { kind: 'text' as const, text }]]),
    offered: [path],
    asked: 'named-declaration',
    rules: { parsers },
  });
  if (outcome.kind === 'rejected') return outcome.rejections.map((one) => one.code).join();
  const change = outcome.kind === 'applied' ? outcome.changes.at(-1) : undefined;
  return change !== undefined && 'newText' in change ? change.newText : outcome.kind;
}

const TEXT = [
  'export function mean(list) {',
  '  // Adds all up.',
  '  function sum(numbers) {',
  '    let total = 0;',
  '    for (const number of numbers) total += number;',
  '    return total;',
  '  }',
  '  return sum(list) / list.length;',
  '}',
  '',
  'export function most(list) {',
  '  return Math.max(...list);',
  '}',
  '',
].join('\n');
const CODE =
  'function sum(numbers) {\n  let total = 0;\n  for (const number of numbers) total += number || 0;\n  return total;\n}';
const CHANGED = TEXT.replace('+= number;', '+= number || 0;');

describe('a function inside another one that is sent alone', () => {
  it('takes the place of the only one of its name', () => {
    expect(apply('a.js', TEXT, CODE)).toBe(CHANGED);
    const indented = CODE.replace(/^/gm, '  ');
    expect(apply('a.js', TEXT, indented)).toBe(CHANGED);
  });

  it('may stand beside others that are new or change', () => {
    const most = 'export function most(list) {\n  return Math.max(0, ...list);\n}';
    const least = 'export function least(list) {\n  return Math.min(...list);\n}';
    const after = CHANGED.replace('max(', 'max(0, ');
    expect(apply('a.js', TEXT, `${CODE}\n\n${most}`)).toBe(after);
    expect(apply('a.js', TEXT, `${CODE}\n\n${least}`)).toBe(`${CHANGED}\n${least}\n`);
  });

  it('does so in other languages, and in a callback', () => {
    const python =
      'class A:\n    def f(self):\n        def keep(one):\n            return one.size > self.size and one.name\n\n        return [x for x in self if keep(x)]\n';
    const keep = 'def keep(one):\n    return one.size >= self.size and one.name';
    expect(apply('a.py', python, keep)).toBe(python.replace('> self', '>= self'));
    const rust =
      'fn o(a: i32) -> i32 {\n    fn inner(x: i32) -> i32 {\n        let y = x * x;\n        y + x\n    }\n    inner(a)\n}\n';
    const inner = 'fn inner(x: i32) -> i32 {\n    let y = x * x;\n    y + x + 1\n}';
    expect(apply('a.rs', rust, inner)).toBe(rust.replace('y + x', 'y + x + 1'));
    const tests = `describe('x', () => {\n${TEXT.split('\n').slice(1, 7).join('\n')}\n});\n`;
    expect(apply('a.js', tests, CODE)).toBe(tests.replace('+= number;', '+= number || 0;'));
  });

  const mean = 'export function mean(list) {\n  return sum(list) / list.length;\n}';
  it.each<[string, string, string]>([
    ['is exported', TEXT, `export ${CODE}`],
    ['is exported in a list', TEXT, `${CODE}\n\nexport { sum };`],
    ['takes other parameters', TEXT, CODE.replace('(numbers)', '(numbers, start)')],
    [
      'has another body',
      TEXT,
      'function sum(numbers) {\n  const all = numbers.reduce(add);\n  return all;\n}',
    ],
    [
      'has hardly a body',
      TEXT.replace(/let total[^]*?return total/, 'return 1'),
      'function sum(numbers) {\n  return 1;\n}',
    ],
    ['is used by a new function', TEXT, `${CODE}\n\nfunction twice(list) {\n  return 2 * sum(list);\n}`],
    ['is used elsewhere in the file', TEXT.replace('Math.max(', 'sum('), CODE],
    ['is a parameter elsewhere in the file', TEXT.replace('most(list', 'most(list, sum'), CODE],
    ['is there twice', TEXT.replace('  return Math', '  function sum() {}\n  return Math'), CODE],
    ['is an arrow function there', TEXT.replace('function sum(numbers)', 'const sum = (numbers) =>'), CODE],
    ['is a class there', TEXT.replace('function sum(numbers)', 'class sum'), CODE],
  ])('is refused where it %s', (_, text, code) => {
    expect(apply('a.js', text, code)).toBe('not-found');
  });

  it('is refused where the function around it, or another file, is in the reply too', () => {
    expect(apply('a.js', TEXT, `${CODE}\n\n${mean}`)).toBe('not-found');
    expect(apply('a.js', TEXT, `${CODE}\n\n${mean.replace('sum(list)', '1')}`)).toBe('not-found');
    const user = 'b.js\n```\nconsole.log(sum([1]));\n```\n';
    expect(apply('a.js', TEXT, CODE, user)).toBe('not-found');
  });

  it('is refused as a method', () => {
    const python =
      'def make():\n    def size(self):\n        first, second = self.items\n        return first + second\n\n    return size\n';
    expect(
      apply('a.py', python, 'def size(self):\n    first, second = self.items\n    return first * second'),
    ).toBe('not-found');
  });
});
