import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import { renderDiff } from '../../src/edits/render-diff.js';
import type { ApplyInput, ApplyOutcome, FileChange, FileContent } from '../../src/edits/types.js';
import { BENT_PATH, bentEdit } from './bent-edit.js';

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

/** The line end that stands at this place of a text. */
function firstEnd(text: string, at: number): string {
  return /^\r?\n/.exec(text.slice(at))?.[0] ?? '';
}

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

  it('a bent edit changes its own lines as it says and no other byte', () => {
    let applied = 0;
    fc.assert(
      fc.property(bentEdit, ({ text, reply, before, behind, becomes }) => {
        const newText = newTextOf(apply(text, reply));
        if (newText === undefined) return;
        applied += 1;
        // A last line without an end gets one when something comes behind it, and the new last one has none then.
        const start =
          before === '' || /\n$|^\uFEFF$/.test(before) ? before : before + firstEnd(newText, before.length);
        expect(newText.slice(0, start.length)).toBe(start);
        expect(newText.slice(newText.length - behind.length)).toBe(behind);
        const middle = newText.slice(start.length, newText.length - behind.length);
        expect(middle.split(/\r?\n/).filter((line, at, all) => line !== '' || at < all.length - 1)).toEqual(
          becomes,
        );
      }),
      { numRuns: 500 },
    );
    // Most of them say enough to be placed.
    expect(applied).toBeGreaterThan(350);
  });

  it('a bent edit that was applied is there already, or is refused, the second time', () => {
    fc.assert(
      fc.property(bentEdit, ({ text, reply }) => {
        const newText = newTextOf(apply(text, reply));
        if (newText === undefined) return;
        const again = newTextOf(apply(newText, reply));
        expect(again ?? newText).toBe(newText);
      }),
      { numRuns: 300 },
    );
  });

  it('git applies the diffs of what bent edits change', () => {
    const changes: FileChange[] = [];
    for (const [at, { text, reply }] of fc.sample(bentEdit, { numRuns: 150, seed: 5 }).entries()) {
      const outcome = apply(text, reply);
      const [change] = outcome.kind === 'applied' ? outcome.changes : [];
      if (change?.kind === 'modify') changes.push({ ...change, path: `${at}/${BENT_PATH}` });
    }
    expect(changes.length).toBeGreaterThan(100);
    const folder = mkdtempSync(join(tmpdir(), 'nexus-test-'));
    try {
      const git = (args: string[], input = '') =>
        execFileSync(
          'git',
          ['-C', folder, '-c', 'core.autocrlf=false', '-c', 'apply.whitespace=nowarn', ...args],
          {
            input,
            stdio: ['pipe', 'pipe', 'pipe'],
          },
        );
      git(['init', '-q']);
      for (const change of changes) {
        mkdirSync(join(folder, change.path, '..'), { recursive: true });
        if (change.kind === 'modify') writeFileSync(join(folder, change.path), change.oldText);
      }
      git(['apply', '--check', '-'], renderDiff(changes));
      git(['apply', '-'], renderDiff(changes));
      for (const change of changes) {
        const newText = change.kind === 'modify' ? change.newText : undefined;
        expect(readFileSync(join(folder, change.path), 'utf8')).toBe(newText);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('no reply makes it throw, whatever it is asked for', () => {
    const line = fc.constantFrom(
      ' one',
      '-one',
      '+two',
      ' two',
      '-',
      '+',
      ' ',
      '',
      'one',
      '\tone',
      '...',
      ' ...',
      '// ...',
    );
    const name = fc.constantFrom(
      path,
      'other.txt',
      '../x',
      'C:\\x',
      '.git/config',
      'new/file.js',
      '/dev/null',
      'a b.md',
      '',
    );
    const part = fc.oneof(
      fc
        .tuple(name, fc.array(line), fc.array(line))
        .map(([one, old, fresh]) => [one, '<<<<<<< SEARCH', ...old, '=======', ...fresh, '>>>>>>> REPLACE']),
      fc
        .tuple(name, name, fc.array(line))
        .map(([one, other, body]) => [
          '```diff',
          `--- a/${one}`,
          `+++ b/${other}`,
          '@@ -1,2 +1,3 @@ one',
          ...body,
          '```',
        ]),
      fc
        .tuple(name, fc.array(line))
        .map(([one, body]) => [
          '*** Begin Patch',
          `*** Update File: ${one}`,
          '@@',
          ...body,
          '*** End of File',
          '*** End Patch',
        ]),
      fc
        .tuple(name, fc.array(line))
        .map(([one, body]) => [
          `*** Add File: ${one}`,
          ...body,
          `*** Delete File: ${one}`,
          `*** Move to: ${one}`,
        ]),
      fc
        .tuple(name, name)
        .map(([one, other]) => [
          `diff --git a/${one} b/${other}`,
          `rename from ${one}`,
          `rename to ${other}`,
          'new file mode 100644',
          'index e69de29..0000000',
          'GIT binary patch',
        ]),
      fc
        .tuple(name, fc.constantFrom('```', '````', '~~~', '```md', '  ```js', '```js:x.js'), fc.array(line))
        .map(([one, fence, body]) => [`**${one}**`, fence, ...body, fence]),
      fc.constantFrom(
        ['<file path="src/file.txt">'],
        ['</file>'],
        ['<think>'],
        ['\\ No newline at end of file'],
        ['@@'],
        ['```'],
        ['======='],
        ['>>>>>>> REPLACE'],
        ['<<<<<<< SEARCH'],
      ),
      fc.string().map((text) => [text]),
    );
    const format = fc.constantFrom(
      'whole-file',
      'search-replace',
      'named-declaration',
      'unified-diff',
      'begin-patch',
      undefined,
    );
    const input = fc.record({
      parts: fc.array(part, { maxLength: 8 }),
      lost: fc.array(fc.nat(60), { maxLength: 4 }),
      end: anyEnd,
      text: fc.oneof(fc.constantFrom('', '\uFEFF', 'one\ntwo\none\n', 'one\r\n\r\ntwo'), fc.string()),
      format,
      asked: format,
      ending: fc.constantFrom('open' as const, 'stop' as const, 'length' as const),
      two: fc.boolean(),
    });
    fc.assert(
      fc.property(input, ({ parts, lost, end, text, format: only, asked, ending, two }) => {
        const reply = parts
          .flat()
          .filter((_, at) => !lost.includes(at))
          .join(end);
        const files = new Map<string, FileContent>([
          [path, { kind: 'text', text }],
          ['other.txt', { kind: 'binary' }],
        ]);
        const outcome = applyReply({
          reply,
          ending,
          files,
          offered: two ? [...files.keys()] : [path],
          ...(only === undefined ? {} : { format: only }),
          ...(asked === undefined ? {} : { asked }),
        });
        const kinds = ending === 'open' ? ['undecided', 'rejected'] : ['applied', 'rejected'];
        expect(kinds).toContain(outcome.kind);
        const rejections = outcome.kind === 'rejected' ? outcome.rejections : [];
        expect(Math.max(0, ...rejections.map(({ feedback }) => feedback.length))).toBeLessThanOrEqual(900);
      }),
      { numRuns: 1500 },
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
