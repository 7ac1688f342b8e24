import type { Readable, Writable } from 'node:stream';
import { cleanStyled, cleanText } from './clean-text.js';
import type { LiveBlock, OpenBlock } from './live-block.js';

/** Of a terminal that does not say how large it is. */
export const USUAL_COLUMNS = 80;
export const USUAL_ROWS = 24;

/** A stream that may be a terminal; node leaves `isTTY` out when it is not. */
type MaybeTerminal = { isTTY?: boolean; columns?: number; rows?: number };
type Output = Writable & MaybeTerminal;

/** The streams that a terminal needs of the process; a test gives its own. */
export interface TerminalStreams {
  stdout: Output;
  stderr: Output;
  stdin: Readable & MaybeTerminal;
  env: Readonly<Record<string, string | undefined>>;
}

/** The one way to stdout and stderr. Whatever is printed is cleaned here (see clean-text.ts). */
export interface Terminal {
  /** stdout is a terminal on which a line can be drawn again. */
  readonly live: boolean;
  /** A person can be asked: stdin and stdout are terminals. */
  readonly interactive: boolean;
  readonly colours: boolean;
  readonly coloursOnStderr: boolean;
  /** Of stdout as it is now; undefined when that is a pipe or a file, or a terminal that does not say. */
  columns(): number | undefined;
  rows(): number | undefined;
  /** Prints `text` and a line end on stdout. */
  out(text: string): void;
  /** Prints `text` and a line end on stderr. */
  err(text: string): void;
  /** Prints exactly these characters on stdout when that is a pipe or a file; on a terminal they are cleaned. */
  verbatim(text: string): void;
  /** One at a time. */
  liveBlock(): Promise<LiveBlock>;
  /** One line from the person; undefined when stdin ends. Ends with the reason of `signal`. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** All of stdin, to its end; undefined when it is longer than `most` bytes. Ends with the reason of `signal`. */
  readInput(most: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Resolves when everything printed has left the process. */
  flush(): Promise<void>;
}

export function createTerminal(streams: TerminalStreams = processStreams()): Terminal {
  const { stdout, stderr, stdin, env } = streams;
  const colours = wantsColours(stdout, env);
  const coloursOnStderr = wantsColours(stderr, env);
  for (const stream of [stdout, stderr]) ignoreReaderGone(stream);
  let block: OpenBlock | undefined;
  const print = (stream: Output, text: string): void => {
    if (block === undefined || stream.isTTY !== true) write(stream, text);
    else block.printAbove(() => write(stream, text));
  };
  const size = (is: number | undefined): number | undefined =>
    stdout.isTTY === true && is !== undefined && is > 0 ? is : undefined;
  const columns = (): number | undefined => size(stdout.columns);
  const rows = (): number | undefined => size(stdout.rows);
  return {
    live: stdout.isTTY === true && env['TERM'] !== 'dumb' && !isSet(env['CI']),
    interactive: stdout.isTTY === true && stdin.isTTY === true,
    colours,
    coloursOnStderr,
    columns,
    rows,
    out: (text) => print(stdout, `${colours ? cleanStyled(text) : cleanText(text)}\n`),
    err: (text) => print(stderr, `${coloursOnStderr ? cleanStyled(text) : cleanText(text)}\n`),
    verbatim: (text) => print(stdout, stdout.isTTY ? cleanText(text) : text),
    async liveBlock() {
      const { openLiveBlock } = await import('./live-block.js');
      const opened = await openLiveBlock({
        write: (text) => write(stdout, text),
        columns: () => columns() ?? USUAL_COLUMNS,
        rows: () => rows() ?? USUAL_ROWS,
      });
      block = opened;
      return {
        update: (text) => opened.update(text),
        end() {
          block = undefined;
          opened.end();
        },
      };
    },
    ask: (question, signal) => askLine(streams, cleanText(question), signal),
    readInput: (most, signal) => readToEnd(stdin, most, signal),
    async flush() {
      await Promise.all([drained(stdout), drained(stderr)]);
    },
  };
}

function processStreams(): TerminalStreams {
  return { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: process.env };
}

/** https://no-color.org: any value that is not empty counts. FORCE_COLOR is what CI systems and pagers use. */
function wantsColours(stream: Output, env: TerminalStreams['env']): boolean {
  if (isSet(env['NO_COLOR']) || env['FORCE_COLOR'] === '0') return false;
  if (isSet(env['FORCE_COLOR'])) return true;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function write(stream: Output, text: string): void {
  // Writing on after the reader has gone would only raise the same fault again and again.
  if (!stream.destroyed && stream.writable) stream.write(text);
}

/** A reader that has gone (`nexus status | head`, a terminal that was closed) is no fault of what goes on here. */
function ignoreReaderGone(stream: Output): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    const { code = '' } = error;
    if (PIPE_GONE.has(code) || (stream.isTTY === true && TERMINAL_GONE.has(code))) return;
    throw error;
  });
}

const PIPE_GONE: ReadonlySet<string> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'EOF', 'ECONNRESET']);
/** What Linux, macOS and Windows say; for a file EIO would be a broken disk. */
const TERMINAL_GONE: ReadonlySet<string> = new Set(['EIO', 'ENXIO', 'EBADF', 'ENOTTY', 'EINVAL']);

async function askLine(
  { stdin, stdout }: TerminalStreams,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: stdin, output: stdout, terminal: false });
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      lines.once('line', resolve);
      lines.once('close', () => resolve(undefined));
      stdout.write(question);
    });
  } finally {
    lines.close();
  }
}

/** Bytes of a stream to its end; undefined when there are more than `most`. @throws the reason of `signal` */
export async function readToEnd(
  stream: Readable,
  most: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  signal.throwIfAborted();
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > most) return undefined;
      chunks.push(bytes);
    }
    signal.throwIfAborted();
    return Buffer.concat(chunks);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function drained(stream: Output): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
