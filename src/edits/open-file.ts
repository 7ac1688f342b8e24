import { FileIndex } from './locating/file-index.js';
import { parseSource, type SourceText } from './source-text.js';
import type { ApplyInput, RepoPath } from './types.js';

/** A text file taken apart for editing. */
export interface OpenFile {
  path: RepoPath;
  text: string;
  source: SourceText;
  index: FileIndex;
}

/** Takes files apart at most once for each reply. */
export class OpenFiles {
  readonly #files: ApplyInput['files'];
  readonly #opened = new Map<RepoPath, OpenFile>();

  constructor(files: ApplyInput['files']) {
    this.#files = files;
  }

  /** The file at `path`, or undefined when there is no text file. */
  open(path: RepoPath): OpenFile | undefined {
    const known = this.#opened.get(path);
    if (known !== undefined) return known;
    const content = this.#files.get(path);
    if (content?.kind !== 'text') return undefined;
    const source = parseSource(content.text);
    const file = { path, text: content.text, source, index: new FileIndex(source.lines) };
    this.#opened.set(path, file);
    return file;
  }
}
