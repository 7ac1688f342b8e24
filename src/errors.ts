/** Exit codes of the `nexus` command. They are part of the interface: never renumber one. */
export const EXIT = {
  /** Everything that was asked for is done. */
  ok: 0,
  /** Nexus worked, but a task needs attention, a check failed, or a reply was rejected. */
  attention: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** `.nexus.yml` or `tasks.yml` is missing, wrong or not approved. */
  config: 3,
  /** git, or the state of the repository, does not allow it. */
  repository: 4,
  /** The model server is not there, has not the model, or failed. */
  model: 5,
  /** Another Nexus is working in this repository. */
  busy: 6,
  /** A defect of Nexus itself. */
  internal: 70,
  /** Ended by Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * What can go wrong that a person can do something about. `code` is stable and meant for programs (`--json`),
 * `message` says what happened and where, `remedy` what to do next, usually a command.
 */
export class NexusError extends Error {
  readonly code: string;
  readonly remedy: string | undefined;
  readonly exitCode: ExitCode;

  constructor(input: {
    code: string;
    message: string;
    remedy?: string | undefined;
    exitCode: ExitCode;
    cause?: unknown;
  }) {
    super(input.message, input.cause === undefined ? undefined : { cause: input.cause });
    this.name = 'NexusError';
    this.code = input.code;
    this.remedy = input.remedy;
    this.exitCode = input.exitCode;
  }
}

/** The text of anything that was thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether `error` carries this system or Nexus error code (`ENOENT`, `not-a-repository`, …). */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
