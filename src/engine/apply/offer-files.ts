import { isAbsolute, relative } from 'node:path';
import { realpath } from 'node:fs/promises';
import { readRepoPath } from '../../config/repo-path.js';
import type { FileContent, RepoPath } from '../../edits/types.js';
import { EXIT, NexusError } from '../../errors.js';
import type { WorkingPlace } from '../../repository/working/find-place.js';
import { listTextFiles } from '../../repository/working/list-text-files.js';
import { WorkingFiles } from '../../repository/working/working-files.js';

/** The files that a reply may be about. */
export interface Offer {
  files: WorkingFiles;
  /** What it may change. */
  paths: readonly RepoPath[];
  /** What the user named. */
  named: ReadonlySet<RepoPath>;
  submodules: ReadonlySet<RepoPath>;
}

export interface OfferRequest {
  /** As the user wrote them; relative to the root. Undefined: what git tracks, or every text file. */
  names: readonly string[] | undefined;
  /** The file with the reply itself: it holds all lines that any edit looks for. */
  except: string | undefined;
  signal: AbortSignal;
}

/** @throws NexusError `usage` for a name that can't be offered; `too-many-files`; what git says */
export async function offerFiles(place: WorkingPlace, request: OfferRequest): Promise<Offer> {
  const { root, prefix, repository } = place;
  const tracked = (await repository?.trackedFiles(prefix)) ?? [];
  const listed = (kind: string): RepoPath[] =>
    tracked.filter((file) => file.kind === kind).map(({ path }) => path.slice(prefix.length));
  const submodules = new Set(listed('submodule'));
  const files = new WorkingFiles(root, submodules);
  if (request.names !== undefined) {
    const named = new Set(request.names.map((name) => readName(name, root, files)));
    return { files, paths: [...named], named, submodules };
  }
  const all = repository === undefined ? await listTextFiles(root, files, request.signal) : listed('file');
  const except = request.except === undefined ? undefined : await pathBelow(root, request.except);
  return { files, paths: all.filter((path) => path !== except), named: new Set(), submodules };
}

const KINDS: Record<Exclude<FileContent['kind'], 'text'>, string> = {
  binary: 'is no text file',
  symlink: 'is a symbolic link, or lies behind one',
  submodule: 'belongs to another repository',
  'lfs-pointer': 'is kept in Git LFS, and only its pointer is here',
  'not-utf8': 'is not UTF-8 text',
  'too-large': 'is larger than 1 MiB',
};

/** A file that is not there is one to be made. */
function readName(name: string, root: string, files: WorkingFiles): RepoPath {
  const reading = readRepoPath(isAbsolute(name) ? relative(root, name) || '.' : name);
  if (reading.kind === 'refused') throw refuseName(name, reading.reason);
  const { path } = reading;
  if (path === '.' || files.isFolder(path)) throw refuseName(name, 'is a folder');
  const content = files.get(path);
  if (content !== undefined && content.kind !== 'text') throw refuseName(name, KINDS[content.kind]);
  return path;
}

/** `why` completes "`--files` names this, which …". */
export function refuseName(name: string, why: string): NexusError {
  return new NexusError({
    code: 'usage',
    message: `--files names ${JSON.stringify(name)}, which ${why}.`,
    remedy: 'Name text files by their paths below --root, with commas between: --files src/a.js,src/b.js',
    exitCode: EXIT.usage,
  });
}

async function pathBelow(root: string, file: string): Promise<RepoPath | undefined> {
  const path = await realpath(file).catch(() => file);
  return relative(root, path).replaceAll('\\', '/');
}
