import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyOutcome, FileContent } from '../../src/edits/types.js';

const path = 'src/file.js';

function timed(
  text: string,
  reply: string,
  ending: 'open' | 'stop' = 'stop',
): { outcome: ApplyOutcome; ms: number } {
  const files = new Map<string, FileContent>([[path, { kind: 'text', text }]]);
  const before = process.cpuUsage();
  const outcome = applyReply({ reply, ending, files, offered: [path] });
  const { user, system } = process.cpuUsage(before);
  return { outcome, ms: (user + system) / 1000 };
}

const MB = 1_000_000;
const fill = (line: string, bytes: number) => line.repeat(Math.ceil(bytes / line.length));
const small = 'const a = 1;\nconst b = 2;\n';
/** Processor time in ms of a piece of work of one kind: text cut into lines that are counted. */
function timeYardstick(): number {
  const text = Array.from({ length: 400_000 }, (_, at) => `line ${at % 5000}\n`).join('');
  const before = process.cpuUsage();
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
  const { user, system } = process.cpuUsage(before);
  return counts.size === 5001 ? (user + system) / 1000 : Infinity;
}

/** What the yardstick takes on a quiet machine of two cores, with Node 20. */
const YARDSTICK = 100;
/**
 * A second of processor time, which other programs don't use up as they do the clock's; more on a machine that is slower
 * by the yardstick: one that is busy shares its caches and the cores of its threads.
 */
const LIMIT = 1000 * Math.max(1, Math.max(timeYardstick(), timeYardstick()) / YARDSTICK);

/** The best of three goes, where the first is too slow: what else the machine does comes and goes. */
function timedAgain(...asked: Parameters<typeof timed>): ReturnType<typeof timed> {
  let best = timed(...asked);
  for (let go = 2; go <= 3 && best.ms >= LIMIT; go += 1) {
    const next = timed(...asked);
    if (next.ms < best.ms) best = next;
  }
  return best;
}

describe('hostile replies end soon', () => {
  it.each<[string, string, string]>([
    ['10 MB of letters in one line', small, fill('lorem ipsum ', 10 * MB)],
    ['10 MB of lines', small, fill('lorem ipsum dolor\n', 10 * MB)],
    ['3 MB of blank lines', small, fill('\n', 3 * MB)],
    ['3 MB of spaces', small, fill(' ', 3 * MB)],
    ['3 MB of opening markers', small, fill('<<<<<<< SEARCH\n', 3 * MB)],
    ['3 MB of dividers', small, `<<<<<<< SEARCH\n${fill('=======\n', 3 * MB)}>>>>>>> REPLACE\n`],
    [
      '3 MB of fences in a block',
      small,
      `<<<<<<< SEARCH\na\n=======\n${fill('```\n', 3 * MB)}>>>>>>> REPLACE\n`,
    ],
    ['nested fences', small, fill('```js\n', 3 * MB)],
    ['nested Markdown fences', small, fill('```md\n```\n', 3 * MB)],
    ['bare fences', small, fill('```\n', 3 * MB)],
    [
      'fences that grow',
      small,
      Array.from({ length: 4000 }, (_, at) => `${'`'.repeat(3 + at)}md\n`).join(''),
    ],
    ['3 MB of hunk headers', small, `\`\`\`diff\n${fill('@@ -1 +1 @@\n', 3 * MB)}\`\`\`\n`],
    ['3 MB of file headers', small, `\`\`\`diff\n${fill('--- a/x\n+++ b/x\n', 3 * MB)}\`\`\`\n`],
    ['3 MB of patch frames', small, fill('*** Begin Patch\n', 3 * MB)],
    ['10 MB of patch files', small, fill('*** Update File: x\n', 2 * MB)],
    [
      '3 MB of removed lines',
      small,
      `\`\`\`diff\n--- a/${path}\n+++ b/${path}\n@@\n${fill('-const c = 3;\n', 3 * MB)}\`\`\`\n`,
    ],
    ['a whole file of 3 MB', small, `${path}\n\`\`\`js\n${small}${fill('let x;\n', 3 * MB)}\`\`\`\n`],
    [
      '100,000 equal lines, searched for some of them',
      fill('same\n', 500_000),
      `${path}\n<<<<<<< SEARCH\n${fill('same\n', 5000)}=======\nother\n>>>>>>> REPLACE\n`,
    ],
    [
      '100,000 equal lines, searched for half of them and one that differs',
      fill('same\n', 500_000),
      `${path}\n<<<<<<< SEARCH\n${fill('same\n', 250_000)}almost\n=======\nother\n>>>>>>> REPLACE\n`,
    ],
    [
      '100,000 equal lines with other white space',
      fill('  same\n', 700_000),
      `${path}\n<<<<<<< SEARCH\n${fill('\tsame\n', 1000)} same\n=======\nother\n>>>>>>> REPLACE\n`,
    ],
    [
      '100,000 blank lines, searched for blank lines',
      `a first line\n${fill('\n', 100_000)}a last line\n`,
      `${path}\n<<<<<<< SEARCH\na first line\n${fill('\n', 50_000)}a last line\n=======\nother\n>>>>>>> REPLACE\n`,
    ],
    [
      '100,000 comment lines',
      `a first line\n${fill('// note\n', 800_000)}a last line\n`,
      `${path}\n<<<<<<< SEARCH\na first line\n${fill('// other\n', 50_000)}a last line\n=======\nother\n>>>>>>> REPLACE\n`,
    ],
    [
      'old and new sides that all differ',
      small,
      `${path}\n<<<<<<< SEARCH\n${Array.from({ length: 20_000 }, (_, at) => `old ${at}\n`).join('')}=======\n${Array.from({ length: 20_000 }, (_, at) => `new ${at}\n`).join('')}>>>>>>> REPLACE\n`,
    ],
    [
      '3 MB of context',
      small,
      `\`\`\`diff\n--- a/${path}\n+++ b/${path}\n@@\n${fill(' const c = 3;\n', 3 * MB)}+let d;\n\`\`\`\n`,
    ],
    [
      '100,000 equal lines, in a hunk of which one is unknown',
      fill('same\n', 500_000),
      `\`\`\`diff\n--- a/${path}\n+++ b/${path}\n@@\n same\n unknown\n same\n+other\n same\n\`\`\`\n`,
    ],
    [
      '1,500 hunks that fit nowhere though all their lines do',
      fill('const value = compute(1, 2, 3);\nlet other;\n', 100_000),
      `\`\`\`diff\n--- a/${path}\n+++ b/${path}\n${Array.from({ length: 1500 }, (_, at) => `@@\n let other;\n let other;\n+new ${at}\n let other;\n`).join('')}\`\`\`\n`,
    ],
    [
      'a thousand dots for unchanged lines',
      fill('const value = compute(1, 2, 3);\nlet other;\n', 100_000),
      `${path}\n<<<<<<< SEARCH\n${fill('let other;\n...\n', 15_000)}=======\n${fill('let other;\n...\n', 15_000)}x\n>>>>>>> REPLACE\n`,
    ],
    ['4 MB of bare hunks and prose', small, fill('@@ -1,3 +1,3 @@\n a\n\n-b\n\nprose here\n', 4 * MB)],
    [
      '2,000 edits without a place',
      fill('const value = compute(1, 2, 3);\nlet other;\n', 100_000),
      `${path}\n${Array.from({ length: 2000 }, (_, at) => `<<<<<<< SEARCH\nmissing ${at}\n=======\nx\n>>>>>>> REPLACE\n`).join('')}`,
    ],
  ])('%s', (_, text, reply) => {
    const { outcome, ms } = timedAgain(text, reply);
    expect(['rejected', 'applied']).toContain(outcome.kind);
    expect(ms).toBeLessThan(LIMIT);
    expect(timedAgain(text, reply, 'open').ms).toBeLessThan(LIMIT);
  });
});

describe('speed', () => {
  const file = Array.from({ length: 2000 }, (_, at) =>
    at % 8 === 0 ? `function f${at}(a, b) {` : at % 8 === 7 ? '}' : `  const v${at} = a + ${at % 50};`,
  );
  const edit = (at: number) =>
    `<<<<<<< SEARCH\n${file.slice(at, at + 4).join('\n')}\n=======\n${file[at]}\n  return ${at};\n>>>>>>> REPLACE\n`;

  it('three edits of a file of 2,000 lines take milliseconds', () => {
    const reply = `${path}\n${edit(80)}${edit(800)}${edit(1600)}`;
    const text = `${file.join('\n')}\n`;
    const times = Array.from({ length: 60 }, () => timed(text, reply).ms).sort((one, other) => one - other);
    expect(timed(text, reply).outcome.kind).toBe('applied');
    // 2 ms on a quiet machine; the limit leaves room for a busy one.
    expect(times[30]).toBeLessThan(8);
  });

  it('fifty edits of a file of 1 MB', () => {
    const lines = Array.from({ length: 30_000 }, (_, at) => `  const value${at} = compute(${at % 7});`);
    const reply = `${path}\n${Array.from({ length: 50 }, (_, at) => `<<<<<<< SEARCH\n${lines[at * 500]}\n=======\n  changed(${at});\n>>>>>>> REPLACE\n`).join('')}`;
    const { outcome } = timed(`${lines.join('\n')}\n`, reply);
    expect(outcome.kind).toBe('applied');
    const times = Array.from({ length: 7 }, () => timed(`${lines.join('\n')}\n`, reply).ms).sort(
      (one, other) => one - other,
    );
    expect(times[3]).toBeLessThan(400);
  });
});
