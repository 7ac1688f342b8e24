import { readReply } from './reading/read-reply.js';
import { isThere, resolvePath } from './resolve-path.js';
import type { ApplyInput, RepoPath } from './types.js';

/** Which files a reply speaks of. */
export interface NamedPaths {
  /** Those that its edits name, as far as they may be changed or made. */
  paths: RepoPath[];
  /** An edit names none, or one that cannot be: any offered file may be meant. */
  isOpen: boolean;
}

/** The files that the edits of a reply name, so that a caller can load what they need. Reads only those of `files`. */
export function listNamedPaths(
  input: Pick<ApplyInput, 'reply' | 'files' | 'offered' | 'format'>,
): NamedPaths {
  const edits = readReply(input.reply, {
    open: false,
    format: input.format,
    isKnown: (written) => isThere(written, input),
  });
  const paths = new Set<RepoPath>();
  let isOpen = false;
  for (const edit of edits) {
    const written = edit.kind === 'rename' ? [edit.path, edit.from] : [edit.path];
    for (const name of written) {
      const resolved =
        name === undefined ? undefined : resolvePath(stripPrefix(name, edit.format, input), 'either', input);
      if (resolved?.kind === 'file' || resolved?.kind === 'new') paths.add(resolved.path);
      else isOpen = true;
    }
  }
  return { paths: [...paths], isOpen };
}

/** git's `a/` and `b/` in front of the paths of a diff. */
function stripPrefix(name: string, format: string, input: Pick<ApplyInput, 'files' | 'offered'>): string {
  if (format !== 'unified-diff' || !/^[a-z]\//.test(name)) return name;
  return resolvePath(name, 'change', input).kind === 'file' ? name : name.slice(2);
}
