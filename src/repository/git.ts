import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type SimpleGit, type SimpleGitOptions, simpleGit } from 'simple-git';
import { findGit, FIXED_CONFIG, gitEnvironment, type Variables } from './environment.js';
import { GitFailed, gitMissing, noSuchFolder } from './failures.js';
import { isRepositoryThere, repositoryGone } from './write-failures.js';

/** A git command as data. */
export interface GitCommand<T> {
  /** Without `git` itself. Revisions in it are object names or stand behind `--end-of-options`. */
  args: readonly string[];
  /** Goes to stdin; without it stdin is empty. */
  input?: Buffer | string;
  /** Exit codes besides 0 that are an answer and not a failure. */
  exits?: readonly number[];
  parse: (output: string, exit: number) => T;
}

interface Setting {
  binary: string;
  directory: string;
  environment: Variables;
  config: readonly string[];
  /** Of the repository that it works in, once that is known. */
  home?: { root: string; commonDir: string };
}

/** The guards of simple-git that our fixed settings need open; what we pass is never a user's or a model's text. */
const UNSAFE = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  // `hooksOff` and a GIT_CONFIG_GLOBAL of the user's own.
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  // `C:\Program Files` has a blank.
  allowUnsafeCustomBinary: true,
};

/**
 * After its exit, in ms, a git whose output is still open (something that it started holds it) is taken to be done. Far
 * longer than reading the rest takes: what is not read by then would be missing.
 */
const CLOSES_WITHIN_MS = 30_000;

/**
 * Starts git, always in one folder, environment and configuration. The only place of the program that does. A value:
 * `with` gives another one, and every command gets a simple-git instance of its own, since one that was given a
 * temporary index keeps it for whatever comes later.
 */
export class Git {
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** git as it starts out, with the ambient environment scrubbed. */
  static in(directory: string, ambient: NodeJS.ProcessEnv = process.env): Git {
    const environment = gitEnvironment(ambient);
    return new Git({ binary: findGit(environment), directory, environment, config: FIXED_CONFIG });
  }

  /** The same with the user's own `core.hooksPath`: for asking where hooks are, never for a command that could run one. */
  static withHooksOfUser(directory: string, ambient: NodeJS.ProcessEnv = process.env): Git {
    const environment = gitEnvironment(ambient);
    const config = FIXED_CONFIG.filter((setting) => !setting.startsWith('core.hooksPath='));
    return new Git({ binary: findGit(environment), directory, environment, config });
  }

  /** What decides which git is started. */
  get program(): string {
    const { binary, environment } = this.#setting;
    const path = Object.entries(environment).find(([name]) => name.toLowerCase() === 'path');
    return `${binary}\0${path?.[1] ?? ''}`;
  }

  /**
   * The same in a repository that was found: when that is gone later, so is said, and git does not find another one in
   * the folders above (a home folder may be one), to write there.
   */
  at(home: { root: string; commonDir: string }): Git {
    const environment = { GIT_CEILING_DIRECTORIES: dirname(home.root) };
    return new Git({ ...this.with({ directory: home.root, environment }).#setting, home });
  }

  /** The same with another folder, more variables or more settings (`key=value`). */
  with(change: { directory?: string; environment?: Variables; config?: readonly string[] }): Git {
    return new Git({
      ...this.#setting,
      directory: change.directory ?? this.#setting.directory,
      environment: { ...this.#setting.environment, ...change.environment },
      config: [...this.#setting.config, ...(change.config ?? [])],
    });
  }

  /** @throws GitFailed (a NexusError) for an exit code that the command does not expect */
  async run<T>(command: GitCommand<T>): Promise<T> {
    const { output, exit } = await this.#start(command, (git) => git.raw([...command.args]));
    return command.parse(output, exit);
  }

  /** Standard output of `git cat-file` as bytes: simple-git's other commands decode, which destroys what is not UTF-8. */
  async catFile(args: readonly string[], input?: string): Promise<Buffer> {
    const command = { args: ['cat-file', ...args], ...(input === undefined ? {} : { input }) };
    const { output } = await this.#start<Buffer>(command, (git) => git.binaryCatFile([...args]));
    return output;
  }

  async #start<T>(
    command: Omit<GitCommand<unknown>, 'parse'>,
    start: (git: SimpleGit) => PromiseLike<T>,
  ): Promise<{ output: T; exit: number }> {
    let exit = 0;
    let failure: Error | undefined;
    const git = this.#instance(command.input, (error, result) => {
      exit = result.exitCode;
      if (exit === 0 && !(error instanceof Error)) return undefined;
      if (command.exits?.includes(exit)) return undefined;
      const stderr = Buffer.concat(result.stdErr).toString('utf8');
      failure = isSpawnFailure(exit, stderr)
        ? gitMissing()
        : new GitFailed(command.args, exit, stderr, this.#setting.directory);
      return failure;
    });
    try {
      const output = await start(git);
      // What git ends with where there is no repository is to some commands an answer.
      if (exit === 128) this.#assertThere();
      return { output, exit };
    } catch (error) {
      this.#assertThere(error);
      // simple-git wraps what the plugin returned; callers get the error itself.
      throw failure ?? error;
    }
  }

  #assertThere(cause?: unknown): void {
    const { home } = this.#setting;
    if (home === undefined) return;
    if (!isRepositoryThere(home.commonDir)) throw repositoryGone(home.commonDir, cause);
    if (!existsSync(home.root)) throw repositoryGone(home.root, cause);
  }

  #instance(input: Buffer | string | undefined, errors: NonNullable<SimpleGitOptions['errors']>): SimpleGit {
    const { binary, directory, environment, config } = this.#setting;
    const stdin = Buffer.from(input ?? '');
    let git: SimpleGit;
    try {
      git = simpleGit({
        baseDir: directory,
        binary,
        config: [...config],
        allowEnvironment: Object.keys(environment).filter((name) => /^git_/i.test(name)),
        unsafe: UNSAFE,
        // Wait until the output is closed. Not `onExit: false`: for each command simple-git would leave 300 bytes on a
        // promise that is never kept, 3 MB a day in a watch with nothing to do.
        completion: { onClose: true, onExit: CLOSES_WITHIN_MS },
        // simple-git takes an exit code other than 0 with an empty stderr for a success.
        errors,
        input: () => stdin,
      });
    } catch (error) {
      this.#assertThere(error);
      throw noSuchFolder(directory, error);
    }
    return git.env(environment).outputHandler((_program, stdout) => {
      // simple-git waits 50 ms more for a process that printed nothing, in case output is late. After the end of the
      // stream there is none, so say so: half of a commit's commands print nothing.
      stdout.once('end', () => stdout.emit('data', Buffer.alloc(0)));
    });
  }
}

function isSpawnFailure(exit: number, stderr: string): boolean {
  return exit < 0 && /\bspawn\b.*\bENOENT\b/.test(stderr);
}
