import { Option, type Command } from 'commander';
import type { EditFormat } from '../edits/types.js';
import type { CalibratedFormat } from '../engine/calibrate/formats.js';
import type { ExitCode } from '../errors.js';
import type { CommandContext } from './context.js';

/** Every flag of every command; each command reads its own. */
export interface Flags {
  cwd?: string;
  json?: boolean;
  planOnly?: boolean;
  dryRun?: boolean;
  anyway?: boolean;
  /** False with `--no-cache`. */
  cache?: boolean;
  diff?: boolean;
  into?: string;
  message?: string;
  exchange?: number;
  stats?: boolean;
  all?: boolean;
  yes?: boolean;
  recorded?: boolean;
  /** Days. */
  olderThan?: number;
  postCheckout?: boolean;
  detached?: boolean;
  root?: string;
  files?: readonly string[];
  format?: EditFormat;
  role?: string;
  formats?: readonly CalibratedFormat[];
  again?: boolean;
}

type Action = (context: CommandContext, args: string[], flags: Flags) => Promise<ExitCode>;

/** Gives a command its action: makes the context, runs it, and keeps its exit code. */
export type Act = (command: Command, action: Action) => void;

export function taskCommand(program: Command, name: string, description: string): Command {
  return program.command(name).argument('<task>', 'id of the task').description(description);
}

export function json(description = 'print JSON'): Option {
  return new Option('--json', `${description} (see docs/json.md)`);
}

export function noCache(): Option {
  return new Option('--no-cache', 'ask the models also what an earlier run has asked them already');
}
