import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';

const path = 'src/file.js';

/** Statements of a file: what stands above each, whether it changes, and whether the reply leaves out what is above. */
const statements = fc.array(
  fc.record({
    above: fc.constantFrom<readonly string[]>([], [], [''], ['', ''], ['// why'], ['', '// why']),
    changes: fc.boolean(),
    isLeftOut: fc.boolean(),
  }),
  { minLength: 2, maxLength: 10 },
);

/** Whether removed lines stand before new ones as far as no unchanged line divides them, or pair by pair. */
function renderHunk(lines: readonly string[], isGrouped: boolean): string[] {
  if (!isGrouped) return [...lines];
  const hunk: string[] = [];
  let added: string[] = [];
  for (const line of lines) {
    if (line.startsWith('+')) added.push(line);
    else if (line.startsWith('-')) hunk.push(line);
    else {
      hunk.push(...added, line);
      added = [];
    }
  }
  return [...hunk, ...added];
}

describe('blank lines and comments that the old lines leave out', () => {
  it.each(['unified-diff', 'search-replace'])('stay between the lines around them: %s', (format) => {
    fc.assert(
      fc.property(statements, fc.boolean(), (all, isGrouped) => {
        fc.pre(all.some(({ changes }) => changes));
        const file: string[] = ['startOfAll();'];
        const expected: string[] = ['startOfAll();'];
        const lines: string[] = [' startOfAll();'];
        for (const [at, { above, changes, isLeftOut }] of all.entries()) {
          const before = `firstStatement(${at});`;
          const after = changes ? `otherStatement(${at});` : before;
          file.push(...above, before);
          expected.push(...above, after);
          if (!isLeftOut) lines.push(...above.map((line) => ` ${line}`));
          lines.push(...(changes ? [`-${before}`, `+${after}`] : [` ${before}`]));
        }
        const sideOf = (sign: string) =>
          lines.filter((line) => !line.startsWith(sign)).map((line) => line.slice(1));
        const reply =
          format === 'unified-diff'
            ? ['```diff', `--- a/${path}`, `+++ b/${path}`, '@@', ...renderHunk(lines, isGrouped), '```', '']
            : [path, '<<<<<<< SEARCH', ...sideOf('+'), '=======', ...sideOf('-'), '>>>>>>> REPLACE', ''];
        const outcome = applyReply({
          reply: reply.join('\n'),
          ending: 'stop',
          files: new Map([[path, { kind: 'text', text: `${file.join('\n')}\n` }]]),
          offered: [path],
        });
        expect(outcome).toMatchObject({
          kind: 'applied',
          changes: [{ kind: 'modify', newText: `${expected.join('\n')}\n` }],
        });
      }),
      { numRuns: 300 },
    );
  });
});
