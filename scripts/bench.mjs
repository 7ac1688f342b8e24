import { cpus, totalmem } from 'node:os';
import { benchCommit } from './bench/bench-commit.mjs';
import { benchStart } from './bench/bench-start.mjs';
import { benchStatus } from './bench/bench-status.mjs';
import { run } from './bench/measure.mjs';

// npm run bench [-- --json] [-- --rounds N]: the three figures that the project promises, each beside what it is
// measured against in the same run. Works in temporary folders only and exits with 1 when a promise is broken.

const json = process.argv.includes('--json');
const at = process.argv.indexOf('--rounds');
const rounds = at === -1 ? 11 : Number(process.argv[at + 1]);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds needs a whole number from 1');

const results = [];
await bench('commit of 3 files in 100,000', 'the same git plumbing by hand', { ratio: 1.5 }, benchCommit);
await bench('nexus --version', 'node -e 0', { ratio: 2 }, benchStart);
await bench('nexus status, 1,000 tasks, 200 branches', 'node -e 0', { ms: 300 }, benchStatus);
print();
if (results.some(({ holds }) => !holds)) process.exitCode = 1;

async function bench(name, baseline, promise, measure) {
  if (!json) process.stderr.write(`${name} …\n`);
  const measured = await measure(rounds);
  const holds = measured.ratio <= (promise.ratio ?? Infinity) && measured.ms <= (promise.ms ?? Infinity);
  results.push({ name, baseline, promise, ...measured, holds });
}

function print() {
  const machine = {
    node: process.version,
    git: run('git', ['version']).trim(),
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGB: Math.round(totalmem() / 1e9),
  };
  if (json) {
    console.log(JSON.stringify({ machine, results }, undefined, 2));
    return;
  }
  console.log(`${Object.values(machine).join(', ')} GB; medians of ${rounds} interleaved pairs\n`);
  const rows = results.map(({ name, ms, baseline, baselineMs, ratio, promise, holds }) => [
    name,
    `${ms.toFixed(0)} ms`,
    `${baseline}: ${baselineMs.toFixed(0)} ms`,
    `ratio ${ratio.toFixed(2)}`,
    promise.ms === undefined ? `promised <= ${promise.ratio}` : `promised <= ${promise.ms} ms`,
    holds ? 'holds' : 'BROKEN',
  ]);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
}
