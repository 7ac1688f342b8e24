import { basename, dirname } from 'node:path';
import { hasCode } from '../../errors.js';
import { pathKey } from '../../platform.js';
import type { EventListener, EventSource, OpenEvents } from './event-source.js';
import type { FolderState } from './folder-state.js';

/** Keeps the system's events open for a folder that may go and come, and for the targets of links in it. */
export interface Connection {
  /** Opens what is not open and is to be; returns whether it opened the folder anew, so that changes may have been missed. */
  follow(state: FolderState): Promise<boolean>;
  readonly isOpen: boolean;
  /** Until `follow` is called again. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  accepts: (name: string) => boolean;
  open: OpenEvents;
  onName: (name: string) => void;
  onFolder: () => void;
  /** The events stopped; `follow` tries again, ever later. */
  onTrouble(error: unknown): void;
  /** There are no events to be had here; it will not help to try again. */
  onLimit(error: unknown): void;
  /** First and longest wait before another try, ms. */
  retryMs: { first: number; longest: number };
}

export function createConnection(options: ConnectionOptions): Connection {
  const links = createLinkSources(options);
  let source: EventSource | undefined;
  let identity: string | undefined;
  let failures = 0;
  let retryAt = 0;
  let openedAt = 0;

  const drop = async (): Promise<void> => {
    const old = source;
    source = undefined;
    await Promise.all([old?.close(), links.close()]);
  };
  const fail = (error: unknown): void => {
    const { first, longest } = options.retryMs;
    retryAt = performance.now() + Math.min(longest, first * 2 ** Math.min(failures, 16));
    failures += 1;
    if (isLimit(error)) options.onLimit(error);
    else options.onTrouble(error);
  };
  const open = async (state: FolderState): Promise<boolean> => {
    let mine: EventSource | undefined;
    const listener: EventListener = {
      onName: options.onName,
      onFolder: options.onFolder,
      onError(error) {
        if (source === undefined || source !== mine) return;
        void drop();
        // What held for a while has a new reason to fail.
        if (performance.now() - openedAt > options.retryMs.longest) failures = 0;
        fail(error);
      },
    };
    try {
      mine = await options.open(state.real, options.accepts, listener);
      source = mine;
      openedAt = performance.now();
      identity = state.identity;
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  };

  return {
    get isOpen() {
      return source !== undefined;
    },
    async follow(state) {
      if (source !== undefined && identity !== state.identity) await drop();
      const opened = source === undefined && performance.now() >= retryAt && (await open(state));
      if (source !== undefined) await links.follow(state.targets);
      return opened;
    },
    close: drop,
  };
}

/**
 * No inotify instance or watch is left (EMFILE, ENOSPC), or the system has no events at all. Freeing one is the user's
 * decision, and polling one folder costs next to nothing.
 */
function isLimit(error: unknown): boolean {
  const codes = ['EMFILE', 'ENFILE', 'ENOSPC', 'ENOSYS', 'ENOTSUP', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM'];
  return codes.some((code) => hasCode(error, code));
}

/**
 * A link's target is watched through its own folder. Best effort: where that fails, looking at the folder from time to
 * time, which follows links, still sees every change.
 */
function createLinkSources(options: Pick<ConnectionOptions, 'open' | 'onName'>): {
  follow(targets: ReadonlyMap<string, string>): Promise<void>;
  close(): Promise<void>;
} {
  const sources = new Map<string, { target: string; source: EventSource | undefined }>();
  const closeOne = async (name: string): Promise<void> => {
    const old = sources.get(name);
    sources.delete(name);
    await old?.source?.close();
  };
  const openOne = async (name: string, target: string): Promise<void> => {
    const key = pathKey(basename(target));
    const listener: EventListener = {
      onName: () => options.onName(name),
      onFolder: () => options.onName(name),
      onError: () => void closeOne(name),
    };
    const accepts = (entry: string): boolean => pathKey(entry) === key;
    const source = await options.open(dirname(target), accepts, listener).catch(() => undefined);
    sources.set(name, { target, source });
  };
  return {
    async follow(targets) {
      for (const [name, { target }] of sources) if (targets.get(name) !== target) await closeOne(name);
      for (const [name, target] of targets) if (!sources.has(name)) await openOne(name, target);
    },
    async close() {
      await Promise.all([...sources.keys()].map(closeOne));
    },
  };
}
