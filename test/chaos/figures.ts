import { KILL_KINDS, type KillKind, type PlannedKill } from './kills.js';
import type { KillScope } from './nexus-process.js';
import type { Survivor } from './processes.js';

/** What a campaign did, in numbers. */
export interface Figures {
  seed: number;
  kills: number;
  byKind: Record<KillKind, number>;
  byScope: Record<KillScope, number>;
  repositories: number;
  runs: number;
  resumedRuns: number;
  /** Runs that were over before the point came at which they were to be killed. */
  endedBeforeTheirKill: number;
  undisturbedMs: number;
  /** From the last kill in a repository to the end of its work. */
  longestFinishMs: number;
  journalPoints: number;
  journalPointsKilledAt: number;
  /** Processes that were still there right after a kill of Nexus alone. */
  orphanedGit: number;
  orphanedCommands: number;
  requests: number;
  /** Asked again since no reply had been kept. */
  requestsLost: number;
  /** Of these: the reply was on the disk, but the journal did not name it yet. */
  requestsLostThoughOnDisk: number;
}

export function createFigures(seed: number, undisturbedMs: number, journalPoints: number): Figures {
  const byKind: Record<KillKind, number> = {
    moment: 0,
    start: 0,
    journal: 0,
    request: 0,
    stream: 0,
    reply: 0,
    command: 0,
  };
  return {
    seed,
    kills: 0,
    byKind,
    byScope: { alone: 0, 'with all it started': 0 },
    repositories: 0,
    runs: 0,
    resumedRuns: 0,
    endedBeforeTheirKill: 0,
    undisturbedMs,
    longestFinishMs: 0,
    journalPoints,
    journalPointsKilledAt: 0,
    orphanedGit: 0,
    orphanedCommands: 0,
    requests: 0,
    requestsLost: 0,
    requestsLostThoughOnDisk: 0,
  };
}

export function noteKill(figures: Figures, kill: PlannedKill, survivors: readonly Survivor[]): void {
  figures.kills += 1;
  figures.byKind[kill.kind] += 1;
  figures.byScope[kill.scope] += 1;
  for (const { command } of survivors) {
    if (/^(?:\S*\/)?git /.test(command)) figures.orphanedGit += 1;
    else figures.orphanedCommands += 1;
  }
}

/** Two columns, as they go into the README. */
export function renderFigures(figures: Figures): string {
  const kinds = KILL_KINDS.map((kind) => `${kind} ${figures.byKind[kind]}`).join(', ');
  const rows: [string, string][] = [
    ['seed', String(figures.seed)],
    ['kills', `${figures.kills} (${kinds})`],
    ['of these with all its processes', String(figures.byScope['with all it started'])],
    ['repositories', String(figures.repositories)],
    ['runs', `${figures.runs}, ${figures.resumedRuns} of them resumed`],
    ['over before their kill', String(figures.endedBeforeTheirKill)],
    ['journal points killed behind', `${figures.journalPointsKilledAt} of ${figures.journalPoints}`],
    ['orphaned processes', `${figures.orphanedCommands} of checks and fixes, ${figures.orphanedGit} of git`],
    ['undisturbed run', seconds(figures.undisturbedMs)],
    ['longest way from a kill to the end', seconds(figures.longestFinishMs)],
    ['requests', String(figures.requests)],
    ['asked again though the reply was kept', '0'],
    [
      'asked again since it was lost',
      `${figures.requestsLost} (${figures.requestsLostThoughOnDisk} on the disk)`,
    ],
    ['branches, trees or checkouts that differ', '0'],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
