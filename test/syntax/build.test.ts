import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const GRAMMARS = [
  'LICENSE.txt',
  ...['c', 'cpp', 'go', 'java', 'javascript', 'python', 'rust', 'tsx', 'typescript'].map(
    (name) => `tree-sitter-${name}.wasm`,
  ),
];

/** A project of one file that is built as ours is. */
function createProject(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-build-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['src', 'scripts']) mkdirSync(join(folder, name));
  for (const name of [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build.mjs',
    'scripts/grammars-license.txt',
  ])
    copyFileSync(join(ROOT, name), join(folder, name));
  writeFileSync(join(folder, 'src', 'cli.ts'), 'export const n = 1;\n');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

test(
  'the build copies the grammars, only those that changed, and removes others',
  { timeout: 120_000 },
  () => {
    const folder = createProject();
    const build = () =>
      execFileSync(process.execPath, ['scripts/build.mjs', 'scripts/grammars-license.txt'], { cwd: folder });
    const grammars = join(folder, 'dist', 'grammars');
    const timesOf = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, statSync(join(folder, 'dist', name)).mtimeMs]));

    build();
    expect(readdirSync(join(folder, 'dist')).toSorted()).toEqual(['cli.js', 'grammars']);
    expect(readdirSync(grammars).toSorted()).toEqual(GRAMMARS);

    const kept = ['cli.js', ...GRAMMARS.slice(3).map((name) => `grammars/${name}`)];
    const before = timesOf(kept);
    rmSync(join(grammars, 'tree-sitter-c.wasm'));
    truncateSync(join(grammars, 'tree-sitter-cpp.wasm'), 100);
    writeFileSync(join(grammars, 'tree-sitter-old.wasm'), '');
    build();
    expect(readdirSync(grammars).toSorted()).toEqual(GRAMMARS);
    expect(statSync(join(grammars, 'tree-sitter-cpp.wasm')).size).toBeGreaterThan(100_000);
    expect(timesOf(kept)).toEqual(before);

    // What is imported as it is needed stays a file of its own; what is always needed is joined.
    writeFileSync(join(folder, 'src', 'always.ts'), 'export const n = 1;\n');
    writeFileSync(join(folder, 'src', 'other.ts'), 'export const m = 1;\n');
    writeFileSync(
      join(folder, 'src', 'cli.ts'),
      "import { n } from './always.js';\nexport const sum = n + (await import('./other.js')).m;\n",
    );
    build();
    expect(readdirSync(join(folder, 'dist')).toSorted()).toEqual(['cli.js', 'grammars', 'other.js']);
    expect(readdirSync(join(folder, 'build')).toSorted()).toEqual(['always.js', 'cli.js', 'other.js']);
    rmSync(join(folder, 'src', 'always.ts'));
    rmSync(join(folder, 'src', 'other.ts'));
    writeFileSync(join(folder, 'src', 'cli.ts'), 'export const n = 1;\n');
    build();
    expect(readdirSync(join(folder, 'dist')).toSorted()).toEqual(['cli.js', 'grammars']);
    expect(readdirSync(join(folder, 'build'))).toEqual(['cli.js']);
    expect(readdirSync(grammars).toSorted()).toEqual(GRAMMARS);
  },
);
