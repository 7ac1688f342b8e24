/**
 * What one process asks of the process that works in the repository. `root` is the top of the work tree that the asker
 * stands in: its tasks.yml and .nexus.yml count, which may be others than the worker's own.
 */
export type WorkerRequest =
  | {
      kind: 'run';
      root: string;
      /** Ids; undefined means all that are ready. */
      tasks: string[] | undefined;
      /** Also tasks that name files with uncommitted changes. */
      anyway: boolean;
      /** Start anew whatever came of the last run. */
      anew: boolean;
      planOnly: boolean;
      /** False: answers of earlier runs are neither used nor kept. */
      cache: boolean;
    }
  | { kind: 'cancel'; task: string }
  /** Something changed that a waiting task may wait for (a decision, a commit): look again. */
  | { kind: 'wake' };

/** What the worker is: told in its state file, for `nexus status` and the messages of other processes. */
export type WorkerMode = 'run' | 'watch' | 'hook';
