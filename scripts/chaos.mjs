import { parseArgs } from 'node:util';
import { root, runCompiled, toWhole } from './compile-typescript.mjs';

// npm run chaos [-- --kills N --seed S --command run|watch]: kills `nexus run` (or `watch`) N times at all kinds of
// moments, lets it come to its end each time, and exits with 1 when that end is not the one of an undisturbed run. The
// campaign itself is in test/chaos.

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    seed: { type: 'string' },
    command: { type: 'string', default: 'run' },
  },
});
const { command } = values;
if (command !== 'run' && command !== 'watch') throw new Error('--command is run or watch');
const kills = toWhole('--kills', values.kills);
const seed = toWhole('--seed', values.seed ?? String(Math.ceil(Math.random() * 1_000_000)));
process.exitCode = await runCompiled('test/chaos/main.ts', [root, String(kills), String(seed), command]);
