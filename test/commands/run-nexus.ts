import { rmSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { runProgram } from '../../src/commands/program.js';
import { NexusError } from '../../src/errors.js';
import { realEffects } from '../../src/platform/effects.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';
import {
  startScriptedOllama,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
} from '../support/scripted-ollama.js';
import { createFakeTerminal } from '../report/fake-terminal.js';
import { answering, SUM_PROJECT } from './sum-project.js';

export interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** What the command threw for the catch-all of cli.ts to report. */
  error: NexusError | undefined;
  /** The one JSON document on stdout. */
  json: () => unknown;
}

export interface RunOptions {
  cwd?: string;
  tty?: boolean;
  colours?: boolean;
  /** What the person types; stdin ends after it. */
  input?: string;
  signal?: AbortSignal;
  /** As the second Ctrl-C; default: never. */
  abort?: AbortSignal;
}

/** Runs one command line in this process, with streams of its own. */
export async function runNexus(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const env = { TERM: 'xterm', ...(options.colours === true ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) };
  const { terminal, stdout, stderr, stdin } = createFakeTerminal({ tty: options.tty === true, env });
  stdin.end(options.input ?? '');
  const argv = options.cwd === undefined ? args : ['-C', options.cwd, ...args];
  const { signal = new AbortController().signal, abort = new AbortController().signal } = options;
  const result: Ran = {
    exitCode: 0,
    stdout: '',
    stderr: '',
    error: undefined,
    json: () => JSON.parse(result.stdout) as unknown,
  };
  try {
    result.exitCode = await runProgram(argv, { terminal, signal, abort, version: '1.2.3' });
  } catch (error) {
    if (!(error instanceof NexusError)) throw error;
    result.error = error;
    result.exitCode = error.exitCode;
  }
  await terminal.flush();
  result.stdout = stdout();
  result.stderr = stderr();
  return result;
}

/** A folder for the user's own settings, and no model server, until the test is over. */
export function isolateUser(): void {
  const home = mkdtempSync(join(tmpdir(), 'nexus-home-'));
  vi.stubEnv('NEXUS_CONFIG_HOME', home);
  // Port 1 is refused at once everywhere.
  vi.stubEnv('OLLAMA_HOST', '127.0.0.1:1');
  const restore = pretendMemory(32);
  onTestFinished(() => {
    restore();
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true, force: true });
  });
}

/** A machine with this much memory in GiB, no limit of a container and these graphics cards (as nvidia-smi prints them), until the returned function is called. */
export function pretendMemory(gib: number, cards?: string): () => void {
  const real = { ...realEffects };
  const { fs } = real;
  realEffects.output = async (file, args, env) =>
    file.includes('nvidia-smi') ? cards : real.output(file, args, env);
  realEffects.fs = {
    ...fs,
    readFile: async (file, encoding) => fs.readFile(file.replace(/^\/sys\/class\/drm\//, '/none/'), encoding),
  };
  const spies = [
    vi.spyOn(os, 'totalmem').mockReturnValue(gib * 1024 ** 3),
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(0),
  ];
  return () => {
    for (const spy of spies) spy.mockRestore();
    Object.assign(realEffects, real);
  };
}

/** A temporary repository whose functions can be taken out of it. */
export type Project = {
  [K in keyof TempRepository]: TempRepository[K] extends (...args: infer A) => infer R
    ? (...args: A) => R
    : TempRepository[K];
};

/** A real repository with these files committed, gone when the test is over. */
export function createProject(files: Readonly<Record<string, string>> = {}): Project {
  isolateUser();
  const repository = createTempRepository(Object.keys(files).length > 0 ? { project: files } : {});
  onTestFinished(() => repository.dispose());
  return { ...repository };
}

/** A scripted server that OLLAMA_HOST names until the test is over. */
export async function startServer(options: Partial<ScriptedOllamaOptions> = {}): Promise<ScriptedOllama> {
  const server = await startScriptedOllama({ replies: () => undefined, ...options });
  vi.stubEnv('OLLAMA_HOST', server.url);
  onTestFinished(async () => server.close());
  return server;
}

/** The project with the wrong sum, its commands approved, and a server that answers well. */
export async function setUpSum(
  replies = answering(),
  files: Record<string, string> = SUM_PROJECT,
): Promise<Project> {
  const project = createProject(files);
  await startServer({ replies });
  await runNexus(['trust', '--yes'], { cwd: project.path });
  return project;
}
