import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// npm run chaos [-- --kills N] [-- --seed S]: kills `nexus run` N times at all kinds of moments, lets it come to its end
// each time, and exits with 1 when that end is not the one of an undisturbed run. The campaign itself is in test/chaos;
// it is compiled into a temporary folder, since Node 20 does not run TypeScript.

const root = fileURLToPath(new URL('..', import.meta.url));
const { kills, seed } = readArguments();
const folder = mkdtempSync(join(tmpdir(), 'nexus-chaos-'));
try {
  compile();
  const main = join(folder, 'test', 'chaos', 'main.js');
  const done = spawnSync(process.execPath, [main, root, String(kills), String(seed)], { stdio: 'inherit' });
  process.exitCode = done.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readArguments() {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '300' }, seed: { type: 'string' } },
  });
  const random = Math.floor(Math.random() * 1_000_000);
  return { kills: toWhole('--kills', values.kills), seed: toWhole('--seed', values.seed ?? String(random)) };
}

function toWhole(name, text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${name} needs a whole number from 1`);
  return number;
}

function compile() {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: root, outDir: folder, types: [] },
    files: [join(root, 'test', 'chaos', 'main.ts')],
    include: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace(/package\.json$/u, 'bin/tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) throw new Error('the campaign can not be compiled');
}
