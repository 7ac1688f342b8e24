import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const PROJECT = resolve(import.meta.dirname, '..', '..');
const CLI = join(PROJECT, 'dist', 'cli.js');

export interface Spawned {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface SpawnOptions {
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /** Code that runs before the command line. */
  before?: string;
  /** Standard input as a pipe, which the caller ends; default: none. */
  pipe?: boolean;
}

/** Starts the built command line; `done` resolves when the process has ended. */
export function startNexus(
  args: readonly string[],
  { cwd, env = {}, before, pipe = false }: SpawnOptions,
): { child: ChildProcess; done: Promise<Spawned> } {
  if (!existsSync(CLI)) throw new Error(`${CLI} is not built: npm run build`);
  const first =
    before === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(before)}`];
  const child = spawn(process.execPath, [...first, CLI, ...args], {
    cwd,
    env: { ...withoutColours(), ...env },
    stdio: [pipe ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  return { child, done: collect(child) };
}

export async function spawnNexus(args: readonly string[], options: SpawnOptions): Promise<Spawned> {
  return startNexus(args, options).done;
}

async function collect(child: ChildProcess): Promise<Spawned> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (exitCode, signal) =>
      done({
        exitCode,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

/** vitest asks for colours; a user's pipe does not. */
function withoutColours(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1' };
}
