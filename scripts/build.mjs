import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

// Compiles src/ into dist/. Does nothing when dist/ is newer than everything it is made of, so that every npm script
// can begin with it.

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const dist = join(root, 'dist');
const entry = join(dist, 'cli.js');

const inputs = [
  src,
  ...list(src),
  ...['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((name) => join(root, name)),
];
const newest = Math.max(...inputs.map((path) => statSync(path).mtimeMs));
if (!existsSync(entry) || statSync(entry).mtimeMs < newest) build();

function build() {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace(/package\.json$/u, 'bin/tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noEmitOnError'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
  removeStale();
  chmodSync(entry, 0o755);
}

/** What was compiled from a file that is gone would be packed and shipped. */
function removeStale() {
  for (const path of list(dist)) {
    const source = join(src, relative(dist, path).replace(/\.js$/u, '.ts'));
    if (!existsSync(source)) rmSync(path, { recursive: true, force: true });
  }
}

/** All files and folders below `folder`; folders too, since their time tells of files that are gone. */
function list(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
}
