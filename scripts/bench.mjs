import { cpus, totalmem } from 'node:os';
import { benchFiftyEdits, benchThreeEdits } from './bench/bench-apply.mjs';
import { benchCommit } from './bench/bench-commit.mjs';
import { benchFiringHook, benchQuietHook } from './bench/bench-hook.mjs';
import { benchIdle } from './bench/bench-idle.mjs';
import { benchRequest, benchRun } from './bench/bench-request.mjs';
import { benchStart } from './bench/bench-start.mjs';
import { benchStatus } from './bench/bench-status.mjs';
import { benchWatchStart } from './bench/bench-watch-start.mjs';
import { run } from './bench/measure.mjs';

// npm run bench [-- --json] [-- --rounds N]: the figures that the project promises, times beside what they are
// measured against in the same run. Works in temporary folders only and exits with 1 when a promise is broken.

const json = process.argv.includes('--json');
const at = process.argv.indexOf('--rounds');
const rounds = at === -1 ? 11 : Number(process.argv[at + 1]);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds needs a whole number from 1');

const UNITS = {
  ratio: (value) => String(value),
  ms: (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`,
  corePercent: (value) => `${Number(value.toFixed(2))} % of a core`,
  memoryMB: (value) => `${value.toFixed(0)} MB`,
};

const results = [];
await bench('commit of 3 files in 100,000', 'the same git plumbing by hand', { ratio: 1.5 }, benchCommit);
await bench('nexus --version', 'node -e 0', { ratio: 2 }, benchStart);
await bench('nexus status, 1,000 tasks, 200 branches', 'node -e 0', { ms: 300 }, benchStatus);
await bench('from settled to the first byte to the model', 'node -e 0', { ms: 400 }, benchWatchStart);
const ofSteps = (steps) => (each) => benchRequest(each, { steps });
await bench('own share per request, tasks of one step', 'node -e 0', { ms: 60 }, ofSteps(1));
await bench('own share per request, tasks of three steps', 'node -e 0', { ms: 60 }, ofSteps(3));
await bench('own share per request, a whole nexus run', 'node -e 0', { ms: 60 }, benchRun);
await bench('hooks, a commit without tasks.yml', 'node -e 0', { ms: 15 }, benchQuietHook);
await bench('hooks, a commit of tasks.yml', 'node -e 0', { ms: 60 }, benchFiringHook);
await bench('apply 3 edits to 2,000 lines', 'node -e 0', { ms: 2 }, benchThreeEdits);
await bench('apply 50 edits to 1 MB', 'node -e 0', { ms: 100 }, benchFiftyEdits);
await bench('nexus watch with nothing to do', undefined, { corePercent: 0.5, memoryMB: 110 }, benchIdle);
print();
if (results.some(({ holds }) => !holds)) process.exitCode = 1;

async function bench(name, baseline, promise, measure) {
  if (!json) process.stderr.write(`${name} …\n`);
  const measured = await measure(rounds);
  const holds = Object.entries(promise).every(([key, limit]) => measured[key] <= limit);
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
  const rows = results.map((result) => [
    result.name,
    renderFigures(result, Object.keys('ms' in result ? { ms: 0 } : result.promise)),
    result.baseline === undefined ? '' : `${result.baseline}: ${result.baselineMs.toFixed(0)} ms`,
    result.baseline === undefined ? '' : `ratio ${result.ratio.toFixed(2)}`,
    `promised <= ${renderFigures(result.promise, Object.keys(result.promise))}`,
    result.holds ? 'holds' : 'BROKEN',
  ]);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
  for (const { name, parts } of results)
    if (parts !== undefined) console.log(`\n${describeParts(name, parts)}`);
}

function describeParts(name, parts) {
  const [wall, checks, server] = [parts.wall, parts.checks, parts.server].map(UNITS.ms);
  return `${name}: ${wall} in all; taken out: ${checks} the checks, ${server} at the model server`;
}

function renderFigures(figures, keys) {
  return keys.map((key) => UNITS[key](figures[key])).join(', ');
}
