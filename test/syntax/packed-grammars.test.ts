import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';

const exec = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** On Windows npm is a script for cmd. */
const shell = process.platform === 'win32';

/** A text of each language with one declaration, `f`. */
const SAMPLES = {
  'a.js': 'function f() {}',
  'a.ts': 'function f(a: number): void {}',
  'a.tsx': 'const f = () => <a />;',
  'a.py': 'def f(): pass',
  'a.go': 'func f() {}',
  'a.rs': 'fn f() {}',
  'A.java': 'class f {}',
  'a.c': 'int f(void) { return 1; }',
  'a.cpp': 'template <class T> T f(T a) { return a; }',
};

const SCRIPT = `
import { loadParsers } from './build/syntax/load-parsers.js';
const samples = ${JSON.stringify(SAMPLES)};
const missing = [];
const parsers = await loadParsers(Object.keys(samples), (error) => missing.push(error.code));
const found = Object.entries(samples).map(([path, text]) => {
  const parsed = parsers.parserFor(path)?.parse(text);
  return [path, parsed?.declarations.map(({ name }) => name).join(), parsed?.faults.length];
});
console.log(JSON.stringify({ found, missing }));
`;

test('every grammar loads from the packed files', { timeout: 180_000 }, async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-packed-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const packed = JSON.parse((await exec('npm', pack, { cwd: ROOT, shell })).stdout);
  await exec('tar', ['-xf', packed[0].filename], { cwd: folder });
  const home = join(folder, 'package');
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'), 'junction');
  // The compiled modules, beside what is packed.
  cpSync(join(ROOT, 'build'), join(home, 'build'), { recursive: true });
  writeFileSync(join(home, 'try.mjs'), SCRIPT);

  const whole = JSON.parse((await exec(process.execPath, ['try.mjs'], { cwd: home })).stdout);
  expect(whole).toEqual({ found: Object.keys(SAMPLES).map((path) => [path, 'f', 0]), missing: [] });

  unlinkSync(join(home, 'dist', 'grammars', 'tree-sitter-c.wasm'));
  const damaged = JSON.parse((await exec(process.execPath, ['try.mjs'], { cwd: home })).stdout);
  expect(damaged.missing).toEqual(['grammar-missing']);
  expect(damaged.found.filter(([, name]: [string, string]) => name !== 'f')).toEqual([['a.c', null, null]]);
});
