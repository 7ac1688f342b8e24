import { Git } from './git.js';
import { objectId } from './names.js';
import type { ObjectId, Repository } from './repository.js';

/**
 * Bytes in the object database that only these refs hold, and that git frees at its next `gc` when they are gone. All
 * other refs count, and the HEADs and indexes of all worktrees; reflogs don't, since they run out by themselves. What a
 * ref shares with an earlier commit of an unrelated branch alone is counted, too: to know that, git would have to read
 * the trees of all commits.
 */
export async function measureRefs(
  repository: Pick<Repository, 'root' | 'refs'>,
  refs: ReadonlyMap<string, ObjectId>,
): Promise<number> {
  if (refs.size === 0) return 0;
  const others = [...(await repository.refs('refs/'))].filter(([ref]) => !refs.has(ref));
  const lines = [
    ...[...refs.values()].map((oid) => objectId(oid)),
    ...new Set(others.map(([, oid]) => `^${objectId(oid)}`)),
  ];
  const heads = ['--not', '--exclude=refs/*', '--all', '--indexed-objects'];
  return Git.in(repository.root).run({
    // Aggressive: trees of refs that share no commit count, too. It prints the edges that it finds, as `-<commit>`.
    args: ['rev-list', '--objects-edge-aggressive', '--disk-usage', '--stdin', ...heads],
    input: `${lines.join('\n')}\n`,
    parse: (output) => Number(/^\d+$/m.exec(output)?.[0] ?? 0),
  });
}

/** The refs below `prefix` by full name; `at` is when the commit was made, in ms since 1970, undefined for no commit. */
export async function readRefTimes(
  repository: Pick<Repository, 'root'>,
  prefix: string,
): Promise<Map<string, { tip: ObjectId; at: number | undefined }>> {
  return Git.in(repository.root).run({
    args: ['for-each-ref', '--format=%(refname)%00%(objectname)%00%(committerdate:unix)', prefix],
    parse: (output) => {
      const lines = output.split('\n').map((line) => line.split('\0'));
      return new Map(
        lines.flatMap(([ref = '', tip, seconds = '']) =>
          tip === undefined
            ? []
            : [[ref, { tip, at: seconds === '' ? undefined : Number(seconds) * 1000 }] as const],
        ),
      );
    },
  });
}
