import type { Readable, Writable } from 'node:stream';
import { cleanStyled, cleanText } from './clean-text.js';

/** A stream that may be a terminal; node leaves `isTTY` out when it is not. */
type MaybeTerminal = { isTTY?: boolean; columns?: number };
type Output = Writable & MaybeTerminal;

/** The streams that a terminal needs of the process; a test gives its own. */
export interface TerminalStreams {
  stdout: Output;
  stderr: Output;
  stdin: Readable & MaybeTerminal;
  env: Readonly<Record<string, string | undefined>>;
}

/** A block at the bottom of the terminal that is drawn again in place. */
export interface LiveBlock {
  update(text: string): void;
  /** Takes the block away. */
  clear(): void;
  /** Takes the block away and shows the cursor again. */
  end(): void;
}

/** The one way to stdout and stderr. Whatever is printed is cleaned here (see clean-text.ts). */
export interface Terminal {
  /** stdout is a terminal on which a line can be drawn again. */
  readonly live: boolean;
  /** A person can be asked: stdin and stdout are terminals. */
  readonly interactive: boolean;
  readonly colours: boolean;
  readonly coloursOnStderr: boolean;
  /** Of stdout as it is now; undefined when that is a pipe or a file. */
  columns(): number | undefined;
  /** Prints `text` and a line end on stdout. */
  out(text: string): void;
  /** Prints `text` and a line end on stderr. */
  err(text: string): void;
  /** Prints exactly these characters on stdout when that is a pipe or a file; on a terminal they are cleaned. */
  verbatim(text: string): void;
  liveBlock(): Promise<LiveBlock>;
  /** One line from the person; undefined when stdin ends. Ends with the reason of `signal`. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** Resolves when everything printed has left the process. */
  flush(): Promise<void>;
}

export function createTerminal(streams: TerminalStreams = processStreams()): Terminal {
  const { stdout, stderr, stdin, env } = streams;
  const colours = wantsColours(stdout, env);
  const coloursOnStderr = wantsColours(stderr, env);
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
  const write = (stream: Output, text: string): void => {
    // A reader that has gone (`nexus status | head`) is no fault; writing on would raise it again and again.
    if (!stream.destroyed && stream.writable) stream.write(text);
  };
  return {
    live: stdout.isTTY === true && env['TERM'] !== 'dumb' && !isSet(env['CI']),
    interactive: stdout.isTTY === true && stdin.isTTY === true,
    colours,
    coloursOnStderr,
    columns: () => (stdout.isTTY ? stdout.columns : undefined),
    out: (text) => write(stdout, `${colours ? cleanStyled(text) : cleanText(text)}\n`),
    err: (text) => write(stderr, `${coloursOnStderr ? cleanStyled(text) : cleanText(text)}\n`),
    verbatim: (text) => write(stdout, stdout.isTTY ? cleanText(text) : text),
    liveBlock: () => openLiveBlock(stdout),
    ask: (question, signal) => askLine(streams, cleanText(question), signal),
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

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED' && error.code !== 'EOF') throw error;
}

async function openLiveBlock(stdout: Output): Promise<LiveBlock> {
  // Loaded here, since no command but those that stream needs it.
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(stdout);
  return {
    update: (text) => draw(cleanStyled(text)),
    clear: () => draw.clear(),
    end() {
      draw.clear();
      draw.done();
    },
  };
}

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

function drained(stream: Output): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
