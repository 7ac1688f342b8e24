import { EXIT, NexusError } from '../errors.js';

/** An error of this room: the repository, or git itself, does not allow what was asked. */
export function repositoryError(code: string, message: string, remedy?: string, cause?: unknown): NexusError {
  return new NexusError({
    code,
    message,
    exitCode: EXIT.repository,
    ...(remedy === undefined ? {} : { remedy }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What to do when something could not be written: all that was kept stays good. */
export const AGAIN = {
  full: 'Free some space, then run the command again: it goes on from what was kept. nexus clean says what it could free.',
  refused:
    'Make it writable for the user who runs Nexus (it may belong to another user, or be mounted read-only), then run the command again: it goes on from what was kept.',
};

interface KnownFailure {
  pattern: RegExp;
  code: string;
  /** `folder` is where git ran: its own words are often relative to that, or name nothing. */
  message: (found: RegExpMatchArray, folder: string) => string;
  remedy: (found: RegExpMatchArray) => string;
}

/** What git says (LC_ALL=C.UTF-8) of troubles that have a remedy. */
const KNOWN: readonly KnownFailure[] = [
  {
    // Older versions: "unsafe repository ('/path' is owned by someone else)".
    pattern: /(?:dubious ownership in repository at|unsafe repository \() ?'([^'\n]*)'/,
    code: 'dubious-ownership',
    message: (found) => `The repository ${found[1]} belongs to another user, so git refuses to work in it.`,
    remedy: (found) => `If you trust it: git config --global --add safe.directory "${found[1]}"`,
  },
  {
    pattern: /Unable to create '([^'\n]*\.lock)': File exists/,
    code: 'repository-locked',
    message: (found) => `Another git process holds ${found[1]}.`,
    remedy: (found) => `Wait until it is done; if none is running, delete ${found[1]} and try again.`,
  },
  {
    // Of a ref's lock file that could not be filled git says no more than the last of these.
    pattern:
      /(?:'([^'\n]*)'[^'\n]*)?(?:No space left on device|Disk quota exceeded|Out of diskspace)|couldn't write '([^'\n]*)'/,
    code: 'disk-full',
    message: (found, folder) =>
      `The disk is full: git could not write ${found[1] ?? found[2] ?? `below ${folder}`}.`,
    remedy: () => AGAIN.full,
  },
  {
    pattern:
      /insufficient permission for adding an object to repository database (\S+)|(?:'([^'\n]*)'[^'\n]*)?Read-only file system|unable to create directory for (\S+)|(?:create|write|append|unlink|rename|lock)\b[^\n]*'([^'\n]*)'[^'\n]*Permission denied/,
    code: 'not-writable',
    message: (found, folder) =>
      `git may not write ${found[1] ?? found[2] ?? found[3] ?? found[4] ?? `below ${folder}`}: permission is denied, or the file system is read-only.`,
    remedy: () => AGAIN.refused,
  },
  {
    pattern: /unrelated histories/,
    code: 'unrelated-histories',
    message: () => 'The two branches have no commit in common, so git does not merge them.',
    remedy: () => 'Run the task again on a base that belongs to this history.',
  },
];

/** git ended with an exit code that means failure. */
export class GitFailed extends NexusError {
  readonly exit: number;
  readonly stderr: string;

  constructor(args: readonly string[], exit: number, stderr: string, folder = '.') {
    super({ ...describe(args, exit, stderr, folder), exitCode: EXIT.repository });
    this.name = 'GitFailed';
    this.exit = exit;
    this.stderr = stderr;
  }
}

function describe(
  args: readonly string[],
  exit: number,
  stderr: string,
  folder: string,
): { code: string; message: string; remedy?: string } {
  for (const known of KNOWN) {
    const found = stderr.match(known.pattern);
    if (found)
      return { code: known.code, message: known.message(found, folder), remedy: known.remedy(found) };
  }
  const said = stderr.trim().split('\n').slice(0, 5).join('\n');
  return {
    code: 'git-failed',
    message: `git ${args[0] ?? ''} failed with exit code ${exit}${said === '' ? '.' : `: ${said}`}`,
  };
}

export function gitMissing(): NexusError {
  return repositoryError(
    'git-missing',
    'git was not found on the PATH.',
    'Install git 2.31 or newer from https://git-scm.com/downloads and open a new terminal.',
  );
}

export function noSuchFolder(folder: string, cause?: unknown): NexusError {
  return repositoryError(
    'not-a-repository',
    `The folder ${folder} does not exist.`,
    'Run the command inside a git repository.',
    cause,
  );
}
