import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyInput, ApplyOutcome, FileContent } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';
import { writeReplies, type DeclarationReply, type ReplyKind } from './declaration-replies.js';

const root = new URL('../../', import.meta.url);

function listFiles(folder: string, pattern: RegExp): string[] {
  return readdirSync(new URL(folder, root))
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => folder + name);
}

/** Own sources, what others wrote in JavaScript, and samples of the other languages. */
const REAL = [
  ...listFiles('src/edits/reading/', /\.ts$/),
  ...listFiles('src/edits/locating/', /\.ts$/),
  'src/edits/open-file.ts',
  'src/edits/types.ts',
  'src/models/port.ts',
  'node_modules/yaml/dist/nodes/Collection.js',
  'node_modules/yaml/dist/doc/directives.js',
  'node_modules/yaml/dist/errors.d.ts',
  'node_modules/commander/lib/option.js',
  'node_modules/picomatch/lib/utils.js',
  'node_modules/diff/libesm/patch/apply.js',
  'node_modules/diff/libcjs/diff/base.js',
];
const SAMPLES = listFiles('test/fixtures/naming/', /./);
/** Declarations that are tried of each real file, in about eight ways each. */
const MOST_OF_A_FILE = 1;
const MOST_OF_A_SAMPLE = 10;

const parsers = await loadParsers([...REAL, ...SAMPLES]);

function readText(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function apply(path: string, text: string, reply: string, more: Partial<ApplyInput> = {}): ApplyOutcome {
  return applyReply({
    reply,
    ending: 'stop',
    files: new Map<string, FileContent>([[path, { kind: 'text', text }]]),
    offered: [path],
    asked: 'named-declaration',
    rules: { parsers },
    ...more,
  });
}

/** `right`, `refused`, or what is wrong. */
function judge(path: string, text: string, { name, kind, reply, expected }: DeclarationReply): string {
  const outcome = apply(path, text, reply);
  if (outcome.kind === 'rejected') {
    for (const { feedback } of outcome.rejections) expect(feedback.length).toBeLessThan(900);
    if (kind !== 'unchanged') return 'refused';
    return outcome.rejections[0].code === 'no-change' ? 'right' : 'refused';
  }
  const [change] = outcome.kind === 'applied' ? outcome.changes : [];
  const isExpected = change?.kind === 'modify' && change.newText === expected && kind !== 'unchanged';
  return isExpected ? 'right' : `${path} ${name}, ${kind}`;
}

function tryAll(paths: readonly string[], most: number): Map<ReplyKind, { right: number; refused: number }> {
  const counts = new Map<ReplyKind, { right: number; refused: number }>();
  const wrong: string[] = [];
  for (const path of paths) {
    const text = readText(path);
    const parser = parsers.parserFor(path);
    for (const reply of parser === undefined ? [] : writeReplies(path, text, parser, most)) {
      const judged = judge(path, text, reply);
      const count = counts.get(reply.kind) ?? { right: 0, refused: 0 };
      counts.set(reply.kind, count);
      if (judged === 'right') count.right += 1;
      else if (judged === 'refused') count.refused += 1;
      else wrong.push(judged);
    }
  }
  expect(wrong).toEqual([]);
  return counts;
}

function shareOf(counts: ReadonlyMap<ReplyKind, { right: number; refused: number }>): number {
  const all = [...counts.values()];
  const right = all.reduce((sum, count) => sum + count.right, 0);
  return right / all.reduce((sum, count) => sum + count.right + count.refused, 0);
}

describe('a declaration sent alone with one changed line', () => {
  it('changes that line of a real file and nothing else', () => {
    const counts = tryAll(REAL, MOST_OF_A_FILE);
    expect(counts.size).toBeGreaterThanOrEqual(7);
    // Measured: 1.0.
    expect(shareOf(counts)).toBeGreaterThan(0.98);
  });

  it.each(SAMPLES)('changes that line of %s, or is refused', (path) => {
    const counts = tryAll([path], MOST_OF_A_SAMPLE);
    expect(shareOf(counts)).toBeGreaterThan(FLOORS[path.split('.').at(-1) ?? ''] ?? 1);
  });
});

/**
 * Measured, and a little less: refused are fields of C and lines of a Go group without what is around them, functions
 * that a condition defines twice, and members of several classes or overloads without their class.
 */
const FLOORS: Readonly<Record<string, number>> = {
  tsx: 0.97,
  java: 0.95,
  js: 0.9,
  py: 0.95,
  rs: 0.8,
  go: 0.7,
  cpp: 0.65,
  c: 0.5,
};

describe('hostile pieces', () => {
  const numbers = Array.from({ length: 2000 }, (_, at) => at);
  const functionOf = (at: number, value: string) => `function f${at}(){return\n${value}}\n`;
  /** Milliseconds of processor time: more than it takes (a fifth of a second for each), less than a square of it. */
  const limit = 1500;

  function timed(text: string, code: string, ending: ApplyInput['ending'] = 'stop') {
    const begun = process.cpuUsage();
    const outcome = apply('a.js', text, `a.js\n\`\`\`js\n${code}\n\`\`\`\n`, { ending });
    const { user, system } = process.cpuUsage(begun);
    return { outcome, ms: (user + system) / 1000 };
  }

  const text = numbers.map((at) => functionOf(at, '1')).join('');
  const changed = numbers
    .slice(0, 1500)
    .map((at) => functionOf(at, '2'))
    .join('');

  it.each([
    ['known', text, changed],
    ['new', text, changed.replace(/f(\d+)\(/g, 'g$1(')],
    ['twice', text, changed + changed.slice(0, 10_000)],
    ['of one name', text.replace(/f\d+\(/g, 'f('), changed.replace(/f\d+\(/g, 'f(')],
    [
      'members',
      `class A {\n${text.replace(/function /g, '')}}\n`,
      `class A {\n${changed.replace(/function /g, '')}}\n`,
    ],
    ['left out', text, changed.replace(/^function/gm, '// ... existing code ...\nfunction')],
  ])('takes thousands of declarations in linear time: %s', (_, file, code) => {
    expect(timed(file, code).ms).toBeLessThan(limit);
    expect(timed(file, code, 'open').ms).toBeLessThan(limit);
  });

  it('never takes one declaration for a file that is too large to be parsed', () => {
    const { outcome, ms } = timed(text.repeat(24), functionOf(3, '7'));
    expect(outcome.kind).toBe('rejected');
    expect(ms).toBeLessThan(limit);
  });

  it('takes no path, name or depth amiss', () => {
    const deep = 'class {x='.repeat(3000) + '1' + '}'.repeat(3000);
    const nested =
      numbers
        .slice(0, 2000)
        .map((at) => `function g${at}() {\n`)
        .join('') + '}\n'.repeat(2000);
    const names =
      'const constructor = 1;\nconst __proto__ = 2;\nfunction toString() {}\nfunction hasOwnProperty() {}';
    for (const code of [
      `const B = ${deep};`,
      nested,
      names,
      `${names}\n${names}`,
      'class __proto__ { constructor() {} }',
    ])
      expect(['applied', 'rejected']).toContain(timed('function f() {}\nconst A = 1;\n', code).outcome.kind);
    const known = timed(`${names}\nconst A = 1;\n`, 'function toString() { return 1; }').outcome;
    expect(known.kind === 'applied' ? known.changes[0] : known).toMatchObject({
      newText: `${names.replace('toString() {}', 'toString() { return 1; }')}\nconst A = 1;\n`,
    });
    const odd = apply('a.constructor', 'x\n', 'a.constructor\n```\ny\n```\n', { asked: 'whole-file' });
    expect(odd.kind).toBe('applied');
  });

  it('applies no declaration without a parser, but a whole file', () => {
    const file = 'function f() {}\nfunction g() {}\nfunction h() {}\n';
    const rules = {};
    const part = apply('a.js', file, 'a.js\n```\nfunction f() { return 1; }\n```\n', { rules });
    expect(part.kind === 'rejected' ? part.rejections[0].code : part.kind).toBe('malformed');
    const whole = apply(
      'a.js',
      file,
      `a.js\n\`\`\`\n${file.replace('f() {}', 'f() { return 1; }')}\`\`\`\n`,
      { rules },
    );
    expect(whole.kind).toBe('applied');
  });
});
