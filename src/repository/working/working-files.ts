import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { escapesRepository } from '../../edits/repo-path.js';
import type { FileContent, RepoPath } from '../../edits/types.js';
import { EXIT, hasCode, NexusError } from '../../errors.js';
import { classifyBlob, LARGEST_TEXT } from '../content.js';
import { FolderView, notReadable } from './folder-view.js';

/** What is read at most to find the file that an edit without a path is about. */
export const MOST_READ = { files: 5000, bytes: 64 * 1024 * 1024 };

/** What tells a binary file from text stands at its beginning; git looks at as much (xdiff-interface.c). In bytes. */
const SNIFFED = 8000;

// A link that was put there since is not followed, a pipe not waited for. Windows has neither flag.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The files below a folder as the edit engine takes them, each read when it is first asked for: a reply names its
 * paths, so that a folder of 100,000 files is not read to apply an edit of one. What was read once stays as it was read.
 * Iterating gives only what was asked for so far.
 */
export class WorkingFiles implements ReadonlyMap<RepoPath, FileContent> {
  readonly #root: string;
  readonly #view: FolderView;
  readonly #known = new Map<RepoPath, FileContent | undefined>();
  #read = { files: 0, bytes: 0 };

  constructor(root: string, submodules: ReadonlySet<RepoPath> = new Set()) {
    this.#root = root;
    this.#view = new FolderView(root, submodules);
  }

  has(path: RepoPath): boolean {
    if (this.#known.has(path)) return this.#known.get(path) !== undefined;
    if (escapesRepository(path) !== true) return false;
    const { kind } = this.#view.find(path);
    return kind !== 'missing' && kind !== 'folder' && kind !== 'blocked';
  }

  /** @throws NexusError `not-readable`, `too-many-files` */
  get(path: RepoPath): FileContent | undefined {
    if (this.#known.has(path)) return this.#known.get(path);
    const content = escapesRepository(path) === true ? this.#look(path) : undefined;
    this.#known.set(path, content);
    return content;
  }

  isFolder(path: RepoPath): boolean {
    return this.#view.find(path).kind === 'folder';
  }

  /** Whether there is text at this path that can be read, going by the beginning of the file. */
  looksLikeText(path: RepoPath): boolean {
    try {
      const found = this.#view.find(path);
      if (found.kind !== 'file' || found.stats.size > LARGEST_TEXT) return false;
      return !readStart(join(this.#root, path), SNIFFED).includes(0);
    } catch (error) {
      if (hasCode(error, 'not-readable')) return false;
      throw error;
    }
  }

  get size(): number {
    return [...this].length;
  }
  *entries(): MapIterator<[RepoPath, FileContent]> {
    for (const [path, content] of this.#known) if (content !== undefined) yield [path, content];
  }
  *keys(): MapIterator<RepoPath> {
    for (const [path] of this.entries()) yield path;
  }
  *values(): MapIterator<FileContent> {
    for (const [, content] of this.entries()) yield content;
  }
  [Symbol.iterator](): MapIterator<[RepoPath, FileContent]> {
    return this.entries();
  }
  forEach(
    act: (content: FileContent, path: RepoPath, map: ReadonlyMap<RepoPath, FileContent>) => void,
  ): void {
    for (const [path, content] of this) act(content, path, this);
  }

  #look(path: RepoPath): FileContent | undefined {
    const found = this.#view.find(path);
    switch (found.kind) {
      case 'missing':
      case 'folder':
      case 'blocked':
        return undefined;
      case 'link':
        return { kind: 'symlink' };
      case 'foreign':
        return { kind: 'submodule' };
      case 'special':
        return { kind: 'binary' };
      case 'file':
        return this.#readFile(path, found.stats);
    }
  }

  #readFile(path: RepoPath, stats: Stats): FileContent {
    if (stats.size > LARGEST_TEXT) return { kind: 'too-large' };
    const { files, bytes: read } = this.#read;
    if (files >= MOST_READ.files || read > MOST_READ.bytes) throw tooManyFiles(this.#root);
    const bytes = readStart(join(this.#root, path), LARGEST_TEXT + 1);
    this.#read = { files: files + 1, bytes: read + bytes.length };
    return classifyBlob(bytes, (stats.mode & 0o111) !== 0);
  }
}

/** The first bytes of a regular file; of anything else nothing. */
function readStart(file: string, most: number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, READ);
    if (!fstatSync(descriptor).isFile()) throw new Error('it is no regular file any more');
    const bytes = Buffer.allocUnsafe(Math.min(most, fstatSync(descriptor).size + 1));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(descriptor, bytes, length, bytes.length - length, length);
    }
    return bytes.subarray(0, length);
  } catch (error) {
    throw notReadable(file, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function tooManyFiles(root: string): NexusError {
  return new NexusError({
    code: 'too-many-files',
    message: `An edit of the reply does not say which file it is for, and more than ${MOST_READ.files} files (or ${MOST_READ.bytes / 1024 / 1024} MiB) below ${root} would have to be looked through.`,
    remedy: 'Name the files that the reply may change with --files, or a folder further down with --root.',
    exitCode: EXIT.usage,
  });
}
