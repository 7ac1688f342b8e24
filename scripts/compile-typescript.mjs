import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Top of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Compiles TypeScript files (paths from the top of the project) with all that they import, since Node 20 runs none, and
 * calls `use` with the paths of the JavaScript. That is gone when `use` is done.
 */
export async function withCompiled(entries, use) {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-compiled-'));
  try {
    compile(entries, folder);
    return await use(entries.map((entry) => join(folder, entry.replace(/\.ts$/u, '.js'))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiles and runs a program. Returns its exit code; 1 when a signal ended it. */
export async function runCompiled(entry, args) {
  return withCompiled([entry], ([path]) => {
    const done = spawnSync(process.execPath, [path, ...args], { stdio: 'inherit' });
    return done.status ?? 1;
  });
}

function compile(entries, folder) {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: root, outDir: folder, types: [] },
    files: entries.map((entry) => join(root, entry)),
    include: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace(/package\.json$/u, 'bin/tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) throw new Error(`${entries.join(', ')} can not be compiled`);
}

/** A whole number from 1 of a command line. */
export function toWhole(name, text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${name} needs a whole number from 1`);
  return number;
}
