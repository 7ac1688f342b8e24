import { PassThrough } from 'node:stream';
import { createTerminal, type Terminal } from '../../src/report/terminal.js';

/** A terminal whose streams are kept in memory. */
export interface FakeTerminal {
  terminal: Terminal;
  /** Everything written to stdout so far. */
  stdout: () => string;
  stderr: () => string;
  stdin: PassThrough;
  /** As when the window is made larger or smaller. */
  resize: (columns: number, rows: number) => void;
}

export function createFakeTerminal(
  options: { tty?: boolean; columns?: number; env?: Record<string, string> } = {},
): FakeTerminal {
  const stream = (): PassThrough & { isTTY?: boolean; columns?: number; rows?: number } => {
    const made: PassThrough & { isTTY?: boolean; columns?: number; rows?: number } = new PassThrough();
    if (options.tty === true) Object.assign(made, { isTTY: true, columns: options.columns ?? 80, rows: 24 });
    return made;
  };
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  const keep = (from: PassThrough): (() => string) => {
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => {
      from.read();
      return Buffer.concat(chunks).toString('utf8');
    };
  };
  const terminal = createTerminal({ stdin, stdout, stderr, env: options.env ?? { TERM: 'xterm' } });
  const resize = (columns: number, rows: number): void => void Object.assign(stdout, { columns, rows });
  return { terminal, stdout: keep(stdout), stderr: keep(stderr), stdin, resize };
}
