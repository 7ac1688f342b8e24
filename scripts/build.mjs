import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

// Compiles src/ into build/, joins that into few files in dist/, which is what is shipped, and copies the grammars into
// dist/grammars/. Does nothing when dist/ is newer than everything it is made of, so that every npm script can begin with
// it. Joined, since Node takes half the start of a command to find, read and link some 400 small modules.

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const modules = join(root, 'build');
const dist = join(root, 'dist');
const entry = join(dist, 'cli.js');
const grammars = join(dist, 'grammars');
const require = createRequire(import.meta.url);

/** Only the wasm files are shipped: the packages that they come from have install scripts, which users need not run. */
const VSCODE_GRAMMARS = ['javascript', 'typescript', 'tsx', 'python', 'go', 'rust', 'java', 'cpp'];
const vscode = dirname(require.resolve('@vscode/tree-sitter-wasm/package.json'));
const grammarFiles = [
  ...VSCODE_GRAMMARS.map((name) => join(vscode, 'wasm', `tree-sitter-${name}.wasm`)),
  join(dirname(require.resolve('tree-sitter-c/package.json')), 'tree-sitter-c.wasm'),
];
/** Where each is copied from; their licence goes with them. */
const copies = new Map([
  ...grammarFiles.map((file) => [basename(file), file]),
  ['LICENSE.txt', join(root, 'scripts', 'grammars-license.txt')],
]);

const inputs = [
  src,
  ...list(src),
  ...['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((name) => join(root, name)),
  fileURLToPath(import.meta.url),
];
const newest = Math.max(...inputs.map((path) => statSync(path).mtimeMs));
copyGrammars();
if (!existsSync(entry) || statSync(entry).mtimeMs < newest) await build();

async function build() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noEmitOnError'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
  removeStale();
  const names = await joinModules();
  for (const name of readdirSync(dist).filter((each) => !names.has(each))) {
    if (name !== basename(grammars)) rmSync(join(dist, name), { recursive: true, force: true });
  }
  chmodSync(entry, 0o755);
}

/**
 * What a command imports as it is needed stays apart. The names have no hash: a `nexus watch` that runs while a newer
 * version is installed still finds them. The entry is written last: its time says that all is there.
 * @returns the names of the files
 */
async function joinModules() {
  const bundle = await rolldown({
    input: { cli: join(modules, 'cli.js') },
    platform: 'node',
    // Packages stay what they are, with their licences.
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
  });
  const { output } = await bundle.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await bundle.close();
  const chunks = output.toSorted((a, b) => Number(a.isEntry) - Number(b.isEntry));
  for (const { fileName, code } of chunks) {
    const half = join(dist, `${fileName}.${process.pid}`);
    writeFileSync(half, code);
    renameSync(half, join(dist, fileName));
  }
  return new Set(chunks.map(({ fileName }) => fileName));
}

/**
 * Copies each file that is not there as it is at its origin (of the same size, and no older), by way of another name:
 * tests of several processes may be reading it. Removes what is none of them,
 * what another process is copying right now aside.
 */
function copyGrammars() {
  mkdirSync(grammars, { recursive: true });
  for (const [name, file] of copies) {
    const copy = join(grammars, name);
    const [from, to] = [statSync(file), statSync(copy, { throwIfNoEntry: false })];
    if (to !== undefined && to.size === from.size && to.mtimeMs >= from.mtimeMs) continue;
    const half = `${copy}.${process.pid}`;
    copyFileSync(file, half);
    renameSync(half, copy);
  }
  const others = readdirSync(grammars).filter((name) => !copies.has(name));
  for (const path of others.map((name) => join(grammars, name))) {
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (!/\.\d+$/u.test(path) || age > 60_000) rmSync(path, { recursive: true, force: true });
  }
}

/** What was compiled from a file that is gone. */
function removeStale() {
  for (const path of list(modules)) {
    const source = join(src, relative(modules, path).replace(/\.js$/u, '.ts'));
    if (!existsSync(source)) rmSync(path, { recursive: true, force: true });
  }
}

/** All files and folders below `folder`; folders too, since their time tells of files that are gone. */
function list(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
}
