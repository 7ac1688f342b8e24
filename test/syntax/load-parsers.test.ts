import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { EXIT, type NexusError } from '../../src/errors.js';
import { createLoader, loadParsers } from '../../src/syntax/load-parsers.js';

const load = createRequire(import.meta.url);
const GRAMMARS = fileURLToPath(new URL('../../dist/grammars/', import.meta.url));
const RUNTIME = load.resolve('web-tree-sitter');

/** Languages and the extensions that mean them. */
const EXTENSIONS: [string, string[]][] = [
  ['JavaScript', ['js', 'jsx', 'mjs', 'cjs']],
  ['TypeScript', ['ts', 'mts', 'cts']],
  ['TSX', ['tsx']],
  ['Python', ['py', 'pyi']],
  ['Go', ['go']],
  ['Rust', ['rs']],
  ['Java', ['java']],
  ['C', ['c', 'h']],
  ['C++', ['cc', 'cpp', 'cxx', 'c++', 'hh', 'hpp', 'hxx', 'h++']],
];

describe('loadParsers', () => {
  test.each(EXTENSIONS)('%s: %s', async (language, extensions) => {
    const paths = extensions.flatMap((each) => [`src/a.${each}`, `b.test.${each.toUpperCase()}`]);
    const parsers = await loadParsers(paths);
    for (const path of paths) expect(parsers.parserFor(path)?.language).toBe(language);
    expect(parsers.parserFor('a.js')?.byIndentation ?? false).toBe(false);
  });

  test('only Python goes by indentation', async () => {
    const parsers = await loadParsers(EXTENSIONS.map(([, [extension]]) => `a.${extension}`));
    const byIndentation = EXTENSIONS.filter(([, [each]]) => parsers.parserFor(`a.${each}`)?.byIndentation);
    expect(byIndentation.map(([language]) => language)).toEqual(['Python']);
  });

  test('gives a parser only for the languages of the paths, each made once', async () => {
    const parsers = await loadParsers(['src/a.js', 'README.md', 'Makefile', '.js.d/x', '']);
    expect(parsers.parserFor('other.jsx')).toBe(parsers.parserFor('a.js'));
    for (const path of ['a.ts', 'README.md', 'Makefile', '.js.d/x', '', 'js'])
      expect(parsers.parserFor(path)).toBeUndefined();
    const again = await loadParsers(new Set(['b.js']));
    expect(again.parserFor('b.js')).toBe(parsers.parserFor('a.js'));
  });

  test('a header is C unless only C++ makes sense of it', async () => {
    const parser = (await loadParsers(['a.h'])).parserFor('a.h');
    const names = (text: string) =>
      parser?.parse(text)?.declarations.map(({ kind, name }) => `${kind} ${name}`);
    expect(names('struct class { int x; };')).toEqual(['class class']);
    expect(names('class Shape { int area() const; };')).toEqual(['class Shape']);
    expect(names('namespace a { int b; }')).toEqual(['namespace a']);
    expect(parser?.parse('int f( {')?.faults.length).toBeGreaterThan(0);
    expect(parser?.parsePiece('virtual int area() const;')?.declarations).toHaveLength(1);
    expect(parser?.parse('x'.repeat(400_000))).toBeUndefined();
  });

  test('without a known language the runtime is not loaded', async () => {
    // A copy of the module of its own would be loaded into the emptied cache.
    const cached = load.cache[RUNTIME];
    delete load.cache[RUNTIME];
    const parsers = await loadParsers(['README.md', 'a.css']);
    expect(load.cache[RUNTIME]).toBeUndefined();
    expect(parsers.parserFor('README.md')).toBeUndefined();
    expect(parsers.parserFor('a.js')).toBeUndefined();
    if (cached !== undefined) load.cache[RUNTIME] = cached;
  });
});

describe('a grammar that is missing', () => {
  function folderWith(...names: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), 'nexus-grammars-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const name of names) copyFileSync(join(GRAMMARS, name), join(folder, name));
    return folder;
  }

  test('is an error that says which and what to do', async () => {
    const folder = folderWith('tree-sitter-go.wasm');
    const loadFrom = createLoader(pathToFileURL(`${folder}/`));
    await expect(loadFrom(['a.py', 'a.go'])).rejects.toMatchObject({
      code: 'grammar-missing',
      message: expect.stringContaining(
        `Python could not be loaded from ${join(folder, 'tree-sitter-python.wasm')}`,
      ),
      remedy: expect.stringContaining('Install Nexus again'),
      exitCode: EXIT.internal,
    });
  });

  test('leaves the other languages to a caller that can do without, and is found once it is there', async () => {
    const folder = folderWith('tree-sitter-go.wasm', 'tree-sitter-cpp.wasm');
    writeFileSync(join(folder, 'tree-sitter-rust.wasm'), 'no wasm');
    const loadFrom = createLoader(pathToFileURL(`${folder}/`));
    const missing: NexusError[] = [];
    const parsers = await loadFrom(['a.py', 'b.py', 'a.go', 'a.rs', 'a.h'], (error) => missing.push(error));
    expect(new Set(missing.map((error) => /of (\w+) could/u.exec(error.message)?.[1]))).toEqual(
      new Set(['C', 'Python', 'Rust']),
    );
    expect(missing).toHaveLength(3);
    expect(missing.every(({ code }) => code === 'grammar-missing')).toBe(true);
    expect(parsers.parserFor('a.py')).toBeUndefined();
    expect(parsers.parserFor('a.rs')).toBeUndefined();
    expect(parsers.parserFor('a.go')?.parse('package a')?.statements).toHaveLength(1);
    expect(parsers.parserFor('a.h')?.language).toBe('C++');
    copyFileSync(join(GRAMMARS, 'tree-sitter-python.wasm'), join(folder, 'tree-sitter-python.wasm'));
    const again = await loadFrom(['a.py']);
    expect(again.parserFor('a.py')?.parse('x = 1')?.declarations).toHaveLength(1);
  });

  test('two that load at the same time get the same parser', async () => {
    const loadFrom = createLoader(pathToFileURL(`${folderWith('tree-sitter-go.wasm')}/`));
    const [one, other] = await Promise.all([loadFrom(['a.go']), loadFrom(['b.go'])]);
    expect(one.parserFor('a.go')).toBe(other.parserFor('a.go'));
  });
});

describe('a runtime that breaks', () => {
  test('while its tree is read is left behind too; what is no breakdown is thrown', async () => {
    const loadHere = createLoader(pathToFileURL(GRAMMARS));
    const parser = (await loadHere(['a.js'])).parserFor('a.js');
    const { TreeCursor }: typeof import('web-tree-sitter') = load('web-tree-sitter');
    const cursor = vi.spyOn(TreeCursor.prototype, 'gotoFirstChild');
    cursor.mockImplementationOnce(() => {
      throw new TypeError('a defect');
    });
    expect(() => parser?.parse('a;\nb;')).toThrow('a defect');
    cursor.mockImplementationOnce(() => {
      throw Object.assign(new Error('memory'), { name: 'RuntimeError' });
    });
    expect(parser?.parse('a;\nb;')).toBeUndefined();
    expect(parser?.parse('a;\nb;')).toBeUndefined();
    const again = await loadHere(['a.js']);
    expect(again.parserFor('a.js')?.parse('a;\nb;')?.statements).toHaveLength(2);
  });

  test.each(['RuntimeError', 'RangeError'])(
    'with a %s is left behind: what it holds parses nothing more, the next load opens another',
    async (name) => {
      const loadHere = createLoader(pathToFileURL(GRAMMARS));
      const before = await loadHere(['a.js', 'a.ts']);
      const { Parser }: typeof import('web-tree-sitter') = load('web-tree-sitter');
      vi.spyOn(Parser.prototype, 'parse').mockImplementationOnce(() => {
        throw name === 'RangeError'
          ? new RangeError('too deep')
          : Object.assign(new Error('memory'), { name });
      });
      expect(before.parserFor('a.js')?.parse('const a = 1;')).toBeUndefined();
      expect(before.parserFor('a.js')?.parse('const a = 1;')).toBeUndefined();
      expect(before.parserFor('a.ts')?.parsePiece('const a = 1;')).toBeUndefined();
      const after = await loadHere(['a.js', 'a.ts']);
      expect(after.parserFor('a.js')?.parse('const a = 1;')?.declarations).toHaveLength(1);
      expect(after.parserFor('a.ts')?.parse('const a = 1;')?.declarations).toHaveLength(1);
    },
  );
});
