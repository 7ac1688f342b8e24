import { parseArgs } from 'node:util';
import { root, runCompiled, toWhole } from './compile-typescript.mjs';

// npm run soak [-- --edits N] [-- --seed S]: one `nexus watch`, while tasks.yml is edited N times in every way of saving,
// with commits, branch switches and other commands in between. Exits with 1 when not every task of the last text was
// done once, or anything else is not as it should be. The soak itself is in test/soak.

const { values } = parseArgs({
  options: { edits: { type: 'string', default: '200' }, seed: { type: 'string' } },
});
const edits = toWhole('--edits', values.edits);
const seed = toWhole('--seed', values.seed ?? String(Math.ceil(Math.random() * 1_000_000)));
process.exitCode = await runCompiled('test/soak/main.ts', [root, String(edits), String(seed)]);
