import { basename } from 'node:path';
import { pathKey } from '../../platform.js';

/** Tells of changes until it is closed. */
export interface EventSource {
  close(): Promise<void>;
}

export interface EventListener {
  /** Something happened to the entry; the name as it is on disk. */
  onName(name: string): void;
  /** Something may have happened to the folder itself or in it: only a look can tell. */
  onFolder(): void;
  /** The source is of no use any more. */
  onError(error: unknown): void;
}

/**
 * Opens the system's events for the entries of `folder` that `accepts` takes; `folder` is without links. Rejects when
 * the system refuses. What happens before it resolves is not told.
 */
export type OpenEvents = (
  folder: string,
  accepts: (name: string) => boolean,
  listener: EventListener,
) => Promise<EventSource>;

/** Longer than any disk needs to list one folder; a network drive may hang. */
const READY_MS = 10_000;

/**
 * With chokidar, on the folder and not on the files: a watched file is lost for ever once it was unlinked and created
 * again, as `git checkout` does it (its handler arms again only when the inode differs, and ext4 uses it again).
 */
export const openChokidar: OpenEvents = async (folder, accepts, listener) => {
  // Loaded here: only commands that watch pay for it.
  const { watch } = await import('chokidar');
  const own = pathKey(withSlashes(folder));
  const isFolder = (path: string): boolean => pathKey(withSlashes(path)) === own;
  const watcher = watch(folder, {
    depth: 0,
    ignoreInitial: true,
    // Its merging of "removed" and "created" costs 100 ms and ignores names like `x~`; who listens here waits anyway.
    atomic: false,
    // The target of a link is watched by a source of its own, since only that notices when it is replaced.
    followSymlinks: false,
    // A file that can't be read is a change to tell, not an end of watching.
    ignorePermissionErrors: true,
    usePolling: false,
    ignored: (path) => !isFolder(path) && !accepts(basename(path)),
  });
  const tell = (path: string): void =>
    isFolder(path) ? listener.onFolder() : listener.onName(basename(path));
  const source: EventSource = { close: () => watcher.close() };
  try {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`nothing came within ${READY_MS} ms`)), READY_MS);
      const end = (settle: () => void): void => {
        clearTimeout(late);
        settle();
      };
      watcher.once('ready', () => {
        // Not before: links are told when they are found.
        watcher.on('all', (_, path) => tell(path));
        // What it makes no event of: a folder that a file took the place of, a change that kept the file's times.
        watcher.on('raw', (_, name) => {
          if (typeof name !== 'string' || accepts(basename(name))) listener.onFolder();
        });
        end(resolve);
      });
      watcher.once('error', (error) => end(() => reject(error)));
    });
  } catch (error) {
    await source.close();
    throw error;
  }
  watcher.on('error', (error) => listener.onError(error));
  return source;
};

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}
