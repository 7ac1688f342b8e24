import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyInput, ApplyOutcome, FileContent } from '../../src/edits/types.js';

const path = 'src/file.txt';

function apply(text: string, reply: string, more: Partial<ApplyInput> = {}): ApplyOutcome {
  const files = new Map<string, FileContent>([[path, { kind: 'text', text }]]);
  return applyReply({ reply, ending: 'stop', files, offered: [path], ...more });
}

function newTextOf(outcome: ApplyOutcome): string | undefined {
  const [change] = outcome.kind === 'applied' ? outcome.changes : [];
  return change?.kind === 'modify' ? change.newText : undefined;
}

const searchReplace = (old: readonly string[], fresh: readonly string[]) =>
  [path, '<<<<<<< SEARCH', ...old, '=======', ...fresh, '>>>>>>> REPLACE', ''].join('\n');

const SIGNS = 'abcxyz(){}; ="$&\'\\'.split('');
const NEW_SIGNS = 'mnop$&`1 '.split('');

/** Lines that no two of them are alike, with indentation, so that every run of them has one place. */
const distinctLines = fc
  .array(fc.tuple(fc.nat(4), fc.string({ unit: fc.constantFrom(...SIGNS), maxLength: 12 })), {
    minLength: 3,
    maxLength: 30,
  })
  .map((lines) => lines.map(([indent, text], at) => `${'  '.repeat(indent)}n${at} ${text}`.trimEnd()));
const anyEnd = fc.constantFrom('\n', '\r\n');
const newLines = fc.array(
  fc
    .string({ unit: fc.constantFrom(...NEW_SIGNS), minLength: 1, maxLength: 10 })
    .map((text) => `new ${text}`.trimEnd()),
  { minLength: 1, maxLength: 6 },
);

describe('properties', () => {
  it('an exact edit is the replacement of a string', () => {
    fc.assert(
      fc.property(distinctLines, newLines, anyEnd, fc.nat(), fc.nat(), (lines, fresh, end, from, count) => {
        const start = from % lines.length;
        const old = lines.slice(start, start + 1 + (count % (lines.length - start)));
        const text = lines.map((line) => line + end).join('');
        const outcome = apply(text, searchReplace(old, fresh));
        const oldText = old.map((line) => line + end).join('');
        const at = text.indexOf(oldText);
        const expected =
          text.slice(0, at) + fresh.map((line) => line + end).join('') + text.slice(at + oldText.length);
        expect(newTextOf(outcome)).toBe(expected);
      }),
    );
  });

  it('applying twice changes nothing more', () => {
    fc.assert(
      fc.property(distinctLines, newLines, fc.nat(), (lines, fresh, from) => {
        const old = lines.slice(from % lines.length, (from % lines.length) + 3);
        const reply = searchReplace(old, [...fresh, ...old.slice(1)]);
        const once = newTextOf(apply(`${lines.join('\n')}\n`, reply));
        expect(once).toBeDefined();
        expect(apply(once ?? '', reply).kind).toBe('rejected');
      }),
    );
  });

  it('a bent edit leaves every other line as it is', () => {
    const bend = fc.constantFrom<(line: string) => string>(
      (line) => `    ${line}`,
      (line) => `${line}  `,
      (line) => line.replace(/^ +/, (spaces) => '\t'.repeat(spaces.length / 2)),
    );
    fc.assert(
      fc.property(distinctLines, bend, anyEnd, fc.nat(), (lines, bent, end, from) => {
        const start = from % lines.length;
        const old = lines.slice(start, start + 4);
        const text = lines.map((line) => line + end).join('');
        const outcome = apply(text, searchReplace(old.map(bent), [bent('nothing else'), ...old.map(bent)]));
        const newText = newTextOf(outcome);
        if (newText === undefined) return;
        const after = newText.split(end);
        expect(after.filter((_, at) => at !== start)).toEqual([...lines, '']);
        expect(after[start]?.trim()).toBe('nothing else');
      }),
    );
  });

  it('several edits land each at its own place', () => {
    fc.assert(
      fc.property(
        distinctLines,
        fc.uniqueArray(fc.nat(29), { minLength: 1, maxLength: 6 }),
        (lines, picks) => {
          const chosen = [...new Set(picks.map((pick) => pick % lines.length))];
          const reply = chosen.map((at) => searchReplace([lines[at] ?? ''], [`replaced ${at}`])).join('\n');
          const expected = lines.map((line, at) => (chosen.includes(at) ? `replaced ${at}` : line));
          expect(newTextOf(apply(`${lines.join('\n')}\n`, reply))).toBe(`${expected.join('\n')}\n`);
        },
      ),
    );
  });

  it('no reply makes it throw, and open replies stay undecided or are rejected', () => {
    const piece = fc.constantFrom(
      '<<<<<<< SEARCH\n',
      '=======\n',
      '>>>>>>> REPLACE\n',
      '```js\n',
      '```\n',
      '````md\n',
      '--- a/src/file.txt\n',
      '+++ b/src/file.txt\n',
      '@@ -1,2 +1,2 @@\n',
      '@@\n',
      '*** Begin Patch\n',
      '*** Update File: src/file.txt\n',
      '*** Add File: new.txt\n',
      '*** Move to: moved.txt\n',
      '*** End Patch\n',
      'diff --git a/x b/x\n',
      'rename from src/file.txt\n',
      'rename to other.txt\n',
      'src/file.txt\n',
      '`src/file.txt`:\n',
      ' one\n',
      '-one\n',
      '+two\n',
      'one\n',
      '...\n',
      '\n',
      '\\ No newline at end of file\n',
      '<think>',
      '"\\\uD800\u2028\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 25 }), fc.string(), (pieces, text) => {
        const reply = pieces.join('');
        for (const before of [text, 'one\ntwo\none\n', '']) {
          expect(['applied', 'rejected']).toContain(apply(before, reply).kind);
          expect(['undecided', 'rejected']).toContain(apply(before, reply, { ending: 'open' }).kind);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('a reply that applies is never ended early', () => {
    fc.assert(
      fc.property(
        distinctLines,
        newLines,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (lines, fresh, from, share) => {
          const text = `${lines.join('\n')}\n`;
          const reply = searchReplace(lines.slice(from % lines.length, (from % lines.length) + 2), fresh);
          if (apply(text, reply).kind !== 'applied') return;
          const part = reply.slice(0, Math.floor(reply.length * share));
          expect(apply(text, part, { ending: 'open' }).kind).toBe('undecided');
        },
      ),
    );
  });
});
