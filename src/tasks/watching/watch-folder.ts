import { basename } from 'node:path';
import { messageOf, NexusError, EXIT } from '../../errors.js';
import { pathKey } from '../../platform.js';
import { choosePolling, pollingInterval } from './choose-polling.js';
import { createConnection, type Connection } from './connection.js';
import { openChokidar, type OpenEvents } from './event-source.js';
import { namesThatDiffer, readFolderState, type FolderState } from './folder-state.js';
import { createPacer, type Pacer } from './pacer.js';

export interface FolderWatch {
  /** Ends the watch; nothing is told afterwards. */
  close(): Promise<void>;
  /** Whether the folder is polled now, since there are no events to be had. */
  readonly polling: boolean;
}

export interface FolderWatchOptions {
  /** Something happened to this entry; one change may be told more than once. */
  onEvent(name: string): void;
  /** `watch-trouble` or `watch-limit`: watching has become slower. It goes on; each message is told once. */
  onTrouble(error: NexusError): void;
  /** The folder was removed or renamed and has not come back; the watch has ended. Told once. */
  onGone(): void;
  /** CHOKIDAR_USEPOLLING wins. Default: found out, see `choosePolling`. */
  polling?: boolean | undefined;
  /** An existing folder outside of what is watched, on the same device, for a self-test; on another it is not used. */
  probeFolder?: string | undefined;
  timings?: Partial<FolderTimings>;
  /** What gives the events; tests pass another. */
  openEvents?: OpenEvents;
}

/** All in ms. */
export interface FolderTimings {
  /** Between two looks where events tell of changes: for what they miss. */
  lookMs: number;
  /** The same without events. Default: CHOKIDAR_INTERVAL or 500. */
  pollMs: number;
  /** How long a folder is away before it counts as gone. */
  goneMs: number;
  /** How long one look may take before it is told that the folder does not answer. */
  hangMs: number;
  /** First and longest wait before events are tried again after an error. */
  retryMs: { first: number; longest: number };
}

const TIMINGS = { lookMs: 3000, goneMs: 3000, hangMs: 10_000, retryMs: { first: 500, longest: 30_000 } };

/** chokidar swallows what follows an event of the same file within 5 to 100 ms; a look afterwards sees it. */
const SWALLOWED_MS = 120;

/**
 * Tells of every change to the entries `names` of `folder` (undefined: all entries), but not of what is in folders
 * there. Names are compared without regard to case and Unicode form, and told as `names` has them. It survives whatever
 * editors and git do to the entries, and a folder that is replaced. A link is followed: its target counts as well.
 * Changes are told that come after it resolves. Throws `NexusError` `watch-failed` (exit code 4) when there is no such
 * folder or it can't be read.
 */
export async function watchFolder(
  folder: string,
  names: readonly string[] | undefined,
  options: FolderWatchOptions,
): Promise<FolderWatch> {
  let polling: boolean;
  try {
    polling = await choosePolling(folder, options);
  } catch (error) {
    throw createStartError(folder, messageOf(error), error);
  }
  const watch = new Watch(folder, names, options, polling);
  await watch.start();
  return watch;
}

class Watch implements FolderWatch {
  polling: boolean;
  readonly #folder: string;
  readonly #names: readonly string[] | undefined;
  readonly #options: FolderWatchOptions;
  readonly #timings: FolderTimings;
  readonly #connection: Connection;
  readonly #pacer: Pacer;
  readonly #hinted = new Set<string>();
  readonly #told = new Set<string>();
  #state: FolderState | undefined;
  #missingSince: number | undefined;
  #closed = false;

  constructor(
    folder: string,
    names: readonly string[] | undefined,
    options: FolderWatchOptions,
    polling: boolean,
  ) {
    this.#folder = folder;
    this.#names = names;
    this.#options = options;
    this.polling = polling;
    this.#timings = { ...TIMINGS, pollMs: pollingInterval(), ...options.timings };
    const asNamed = new Map(names?.map((name) => [pathKey(name), name]));
    this.#connection = createConnection({
      accepts: (name) => names === undefined || asNamed.has(pathKey(name)),
      open: options.openEvents ?? openChokidar,
      onName: (name) => {
        this.#hinted.add(asNamed.get(pathKey(name)) ?? name);
        this.#pacer.wake(0);
      },
      onFolder: () => this.#pacer.wake(0),
      onTrouble: (error) => this.#tellTrouble(messageOf(error), 'It is polled until events come again.'),
      onLimit: (error) => this.#giveUpEvents(error),
      retryMs: this.#timings.retryMs,
    });
    const seconds = Math.round(this.#timings.hangMs / 1000);
    const onHang = (): void =>
      this.#tellTrouble(`no answer for ${seconds} s`, 'See whether the drive is connected.');
    this.#pacer = createPacer(() => this.#look(), { hangMs: this.#timings.hangMs, onHang });
  }

  /** What is there now is where changes are counted from. */
  async start(): Promise<void> {
    try {
      let state = await readFolderState(this.#folder, this.#names);
      if (state !== undefined && !this.polling && (await this.#connection.follow(state))) {
        state = await readFolderState(this.#folder, this.#names);
      }
      if (state === undefined) throw new Error('there is no such folder');
      this.#state = state;
    } catch (error) {
      await this.close();
      throw createStartError(this.#folder, messageOf(error), error);
    }
    this.#pacer.wake(this.#pace());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pacer.stop();
    await this.#connection.close();
  }

  #pace(): number {
    return this.#connection.isOpen ? this.#timings.lookMs : this.#timings.pollMs;
  }

  async #look(): Promise<number | undefined> {
    const hinted = [...this.#hinted];
    this.#hinted.clear();
    let state: FolderState | undefined;
    try {
      state = await readFolderState(this.#folder, this.#names, this.#state);
      if (this.#closed) return undefined;
      if (state === undefined) return await this.#wait();
    } catch (error) {
      // What can't be looked at is told when it is there again; until then an open source would only hold it open.
      for (const name of hinted) this.#hinted.add(name);
      await this.#connection.close();
      if (!this.#closed) this.#tellTrouble(messageOf(error), 'It is tried again until it works.');
      return this.#timings.lookMs;
    }
    this.#missingSince = undefined;
    const changed = new Set(this.#state === undefined ? [] : namesThatDiffer(this.#state, state));
    for (const name of hinted) changed.add(name);
    this.#state = state;
    for (const name of changed) if (!this.#isClosed()) this.#options.onEvent(name);
    const next = await this.#follow(state);
    return next === undefined || hinted.length === 0 ? next : Math.min(next, SWALLOWED_MS);
  }

  /** A change between the look and the opening of the source would be missed: so it looks once more. */
  async #follow(state: FolderState): Promise<number | undefined> {
    const opened = !this.polling && !this.#closed && (await this.#connection.follow(state));
    if (!this.#isClosed()) return opened ? 0 : this.#pace();
    await this.#connection.close();
    return undefined;
  }

  /** Awaiting hides from the compiler that it may have become true. */
  #isClosed(): boolean {
    return this.#closed;
  }

  async #wait(): Promise<number | undefined> {
    await this.#connection.close();
    const now = performance.now();
    this.#missingSince ??= now;
    if (this.#closed) return undefined;
    if (now - this.#missingSince < this.#timings.goneMs) return this.#timings.pollMs;
    await this.close();
    this.#options.onGone();
    return undefined;
  }

  #giveUpEvents(error: unknown): void {
    this.polling = true;
    const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
    // Without the folder: the watches of other folders say the same, and one message is enough.
    this.#tell('watch-limit', `The system has no file events left (${code}).`, [
      'Files are polled instead, which works as well.',
      'On Linux more are allowed with fs.inotify.max_user_watches and fs.inotify.max_user_instances.',
    ]);
    this.#pacer.wake(0);
  }

  #tellTrouble(what: string, remedy: string): void {
    this.#tell('watch-trouble', `Watching ${this.#folder}: ${what}.`, [remedy]);
    this.#pacer.wake(this.#timings.pollMs);
  }

  #tell(code: string, message: string, remedy: readonly string[]): void {
    if (this.#closed || this.#told.has(message)) return;
    this.#told.add(message);
    const error = new NexusError({ code, message, remedy: remedy.join(' '), exitCode: EXIT.repository });
    this.#options.onTrouble(error);
  }
}

function createStartError(folder: string, reason: string, cause: unknown): NexusError {
  return new NexusError({
    code: 'watch-failed',
    message: `The folder ${basename(folder)} can't be watched: ${reason}.`,
    remedy: `See whether ${folder} is there and can be read.`,
    exitCode: EXIT.repository,
    cause,
  });
}
