import fs from 'node:fs';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FileChange } from '../../../src/edits/types.js';
import { checkPlaces } from '../../../src/repository/working/check-places.js';
import { WorkingFiles } from '../../../src/repository/working/working-files.js';

function createFolder(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-working-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Replaces a function of node:fs until the test is over. */
function replaceFs(name: keyof typeof fs, value: unknown): void {
  const real: unknown = fs[name];
  const set = (to: unknown): void => {
    Object.assign(fs, { [name]: to });
    syncBuiltinESMExports();
  };
  set(value);
  onTestFinished(() => set(real));
}

/** Makes a function of node:fs fail for some paths. */
function failFor(
  name: 'openSync' | 'accessSync' | 'lstatSync',
  code: string,
  isMeant: (path: string) => boolean,
): void {
  const real = fs[name];
  replaceFs(name, (path: string, ...rest: unknown[]) => {
    if (isMeant(path)) throw Object.assign(new Error(`${code}: made up`), { code });
    const value: unknown = Reflect.apply(real, fs, [path, ...rest]);
    return value;
  });
}

describe('files as a map', () => {
  it('are read when they are asked for, and then stay as they were read', () => {
    const folder = createFolder({ 'a.js': 'one\n', 'b.js': 'two\n', 'sub/c.js': '' });
    const files = new WorkingFiles(folder);
    expect([files.has('a.js'), files.has('none.js'), files.has('sub'), files.has('../a.js')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([...files]).toEqual([]);
    expect(files.get('a.js')).toEqual({ kind: 'text', text: 'one\n' });
    writeFileSync(join(folder, 'a.js'), 'changed\n');
    expect(files.get('a.js')).toEqual({ kind: 'text', text: 'one\n' });
    expect([files.get('none.js'), files.get('sub'), files.get('a.js/x'), files.get('..')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect([files.has('a.js'), files.has('none.js')]).toEqual([true, false]);
    expect([files.size, [...files.keys()], [...files.values()]]).toEqual([
      1,
      ['a.js'],
      [{ kind: 'text', text: 'one\n' }],
    ]);
    const seen: string[] = [];
    files.forEach(({ kind }, path) => seen.push(`${path} ${kind}`));
    expect(seen).toEqual(['a.js text']);
    expect([files.isFolder('sub'), files.isFolder('a.js')]).toEqual([true, false]);
  });

  it('say what is no text, and never go through a link', () => {
    const folder = createFolder({ 'sub/c.js': 'x', 'own/.git': 'gitdir: x', 'own/a.js': 'x' });
    symlinkSync('sub', join(folder, 'link'));
    const files = new WorkingFiles(folder, new Set(['module']));
    const kinds = ['link', 'link/c.js', 'link/none.js', 'own/a.js', 'own/none.js', 'module', 'module/x'].map(
      (path) => files.get(path)?.kind,
    );
    expect(kinds).toEqual([
      'symlink',
      'symlink',
      'symlink',
      'submodule',
      'submodule',
      'submodule',
      'submodule',
    ]);
    expect(files.looksLikeText('link/c.js')).toBe(false);
  });

  it('that may not be read are an error when they are needed, and no text before', () => {
    const folder = createFolder({ 'a.js': 'x', 'sub/b.js': 'x' });
    failFor('openSync', 'EACCES', (path) => path.endsWith('a.js'));
    failFor('lstatSync', 'EACCES', (path) => path.endsWith('b.js'));
    const files = new WorkingFiles(folder);
    expect(files.looksLikeText('a.js')).toBe(false);
    for (const path of ['a.js', 'sub/b.js']) {
      expect(() => files.get(path)).toThrow(expect.objectContaining({ code: 'not-readable', exitCode: 4 }));
    }
  });
});

describe('places of changes', () => {
  const modify = (path: string): FileChange => ({ kind: 'modify', path, oldText: 'a', newText: 'b' });
  const create = (path: string): FileChange => ({ kind: 'create', path, newText: 'b' });
  const check = (folder: string, ...changes: FileChange[]): string[] =>
    checkPlaces(folder, changes, new Set()).map(({ code, message }) => `${code}: ${message}`);

  it('are fine where nothing is in the way', () => {
    const folder = createFolder({ 'a.js': 'a', 'src/b.js': 'a' });
    const rename: FileChange = {
      kind: 'rename',
      from: 'src/b.js',
      path: 'lib/deep/b.js',
      oldText: 'a',
      newText: 'b',
    };
    expect(check(folder, modify('a.js'), create('new/c.js'), rename)).toEqual([]);
    expect(check(folder, { kind: 'delete', path: 'a.js', oldText: 'a' })).toEqual([]);
  });

  it('that are gone, taken, or links by now are told', () => {
    const folder = createFolder({ 'a.js': 'a', 'src/b.js': 'a' });
    symlinkSync('a.js', join(folder, 'link.js'));
    expect(check(folder, modify('gone.js'), create('a.js'), create('src'), modify('link.js'))).toEqual([
      'not-editable: gone.js is gone.',
      'exists: a.js exists already.',
      'exists: src is a folder.',
      'not-editable: link.js is a symbolic link.',
    ]);
    expect(check(folder, create('a.js/x/y.js'))).toEqual([
      'path-not-allowed: a.js/x/y.js cannot be made: a.js is a file.',
    ]);
  });

  it('in another Unicode form than the disk has are told, too', () => {
    const folder = createFolder({ 'caf\u00E9/a.js': 'a' });
    expect(check(folder, create('cafe\u0301/b.js'))).toEqual([
      expect.stringContaining('differs from caf\u00E9 in upper and lower case only'),
    ]);
  });

  it('that another name of a file leads to, as on Windows a short one does', () => {
    const folder = createFolder({ '.nexus.yml': 'a' });
    // As there: the name works, and no listing has it.
    writeFileSync(join(folder, 'NEXUS~1.YML'), 'a');
    replaceFs('readdirSync', () => ['.nexus.yml']);
    expect(check(folder, modify('NEXUS~1.YML'))).toEqual([
      'unknown-path: NEXUS~1.YML is another name of something that is there.',
    ]);
  });

  it('that may not be written are told before anything is', () => {
    const folder = createFolder({ 'a.js': 'a', 'src/b.js': 'a' });
    failFor('accessSync', 'EACCES', (path) => path.endsWith('src') || path.endsWith('a.js'));
    expect(check(folder, modify('a.js'), modify('src/b.js'), create('src/new/c.js'))).toEqual([
      'not-editable: a.js is read-only.',
      'not-editable: src/b.js cannot be written: its folder src is read-only.',
      'not-editable: src/new/c.js cannot be written: its folder src is read-only.',
    ]);
  });
});
