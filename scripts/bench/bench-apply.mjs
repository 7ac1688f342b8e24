import { fileURLToPath } from 'node:url';
import { comparePairs, run } from './measure.mjs';

const APPLY = new URL('../../build/edits/apply-reply.js', import.meta.url);
const PATH = 'src/file.js';

/** A reply with three edits of a file of 2,000 lines, without grammars; the time of one, in the middle of many. */
export function benchThreeEdits(rounds) {
  const lines = Array.from({ length: 2000 }, (_, at) => {
    if (at % 8 === 0) return `function f${at}(a, b) {`;
    return at % 8 === 7 ? '}' : `  const v${at} = a + ${at % 50};`;
  });
  const edits = [80, 800, 1600].map((at) =>
    writeEdit(lines.slice(at, at + 4), [lines[at], `  return ${at};`]),
  );
  return bench(rounds, lines, edits, 60);
}

/** A reply with fifty edits of a file of 1 MB, without grammars. */
export function benchFiftyEdits(rounds) {
  const lines = Array.from({ length: 30_000 }, (_, at) => `  const value${at} = compute(${at % 7});`);
  const edits = Array.from({ length: 50 }, (_, at) => writeEdit([lines[at * 500]], [`  changed(${at});`]));
  return bench(rounds, lines, edits, 5);
}

async function bench(rounds, lines, edits, times) {
  const { applyReply } = await import(APPLY.href);
  const text = `${lines.join('\n')}\n`;
  const reply = `${PATH}\n${edits.join('')}`;
  const apply = () => {
    const start = performance.now();
    const outcome = applyReply({
      reply,
      ending: 'stop',
      files: new Map([[PATH, { kind: 'text', text }]]),
      offered: [PATH],
    });
    if (outcome.kind !== 'applied' || outcome.edits.length !== edits.length)
      throw new Error(`${fileURLToPath(APPLY)} did not apply the edits`);
    return performance.now() - start;
  };
  return comparePairs(
    rounds,
    () =>
      Array.from({ length: times }, apply)
        .sort((one, other) => one - other)
        .at(times / 2),
    () => run(process.execPath, ['-e', '0']),
  );
}

function writeEdit(old, fresh) {
  return `<<<<<<< SEARCH\n${old.join('\n')}\n=======\n${fresh.join('\n')}\n>>>>>>> REPLACE\n`;
}
