import type { ParsedText, SourceParser } from '../syntax/types.js';
import { FileIndex } from './locating/file-index.js';
import { parseSource, type SourceText } from './source-text.js';
import type { ApplyInput, EditRules, FileContent, RepoPath } from './types.js';

/** A text file taken apart for editing. */
export interface OpenFile {
  path: RepoPath;
  text: string;
  source: SourceText;
  index: FileIndex;
  /** Undefined where no parser of the file's language was given. */
  parser: SourceParser | undefined;
  /** What the file declares; undefined without a parser, and for a text that is too large for it. */
  parsed(): ParsedText | undefined;
}

/** A reply that is being written is judged again and again against the same files: each is taken apart once. */
const takenApart = new WeakMap<FileContent, Omit<OpenFile, 'path'>>();

/** The files of one call, taken apart when an edit asks for them. */
export class OpenFiles {
  readonly #files: ApplyInput['files'];
  readonly #parsers: EditRules['parsers'];

  constructor(files: ApplyInput['files'], parsers: EditRules['parsers']) {
    this.#files = files;
    this.#parsers = parsers;
  }

  /** The file at `path`, or undefined when there is no text file. */
  open(path: RepoPath): OpenFile | undefined {
    const content = this.#files.get(path);
    if (content?.kind !== 'text') return undefined;
    const parser = this.parserFor(path);
    let parts = takenApart.get(content);
    if (parts === undefined || parts.parser !== parser || parts.text !== content.text) {
      parts = takeApart(content.text, parser);
      takenApart.set(content, parts);
    }
    return { ...parts, path };
  }

  /** The parser of the language that a path's name tells, for files that do not exist yet too. */
  parserFor(path: RepoPath): SourceParser | undefined {
    return this.#parsers?.parserFor(path);
  }
}

function takeApart(text: string, parser: SourceParser | undefined): Omit<OpenFile, 'path'> {
  const source = parseSource(text);
  let parsed: { text: ParsedText | undefined } | undefined;
  return {
    text,
    source,
    index: new FileIndex(source.lines),
    parser,
    parsed: () => {
      // Without its byte order mark, which the lines don't have either.
      parsed ??= { text: parser?.parse(text.slice(source.bom.length)) };
      return parsed.text;
    },
  };
}
