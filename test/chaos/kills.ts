import type { ScriptedReply } from '../support/scripted-ollama.js';
import { nameEntry, readJournals } from './journals.js';
import type { KillScope } from './nexus-process.js';
import type { Place } from './place.js';
import { REPLIES } from './project.js';
import type { Random } from './random.js';

export const KILL_KINDS = ['moment', 'start', 'journal', 'request', 'stream', 'reply', 'command'] as const;

/** What a process is killed at. */
export type KillKind = (typeof KILL_KINDS)[number];

export interface PlannedKill {
  kind: KillKind;
  scope: KillScope;
  /** How many such points pass before it: journal lines, requests, commands of the user's. */
  skip: number;
  /** ms after the point (for `moment` and `start`: after the process was started). */
  afterMs: number;
}

/** The points that are to be met all get the most kills. */
const DRAWN: readonly KillKind[] = [...KILL_KINDS, 'journal', 'journal'];

/** Names of the journal lines of an undisturbed run behind which no process was killed yet, over the whole campaign. */
export type OpenPoints = Set<string>;

/**
 * @param lengthMs how long the undisturbed run took
 * @param inChain how many kills this repository is to get
 */
export function planKill(random: Random, lengthMs: number, inChain: number): PlannedKill {
  const kind = random.pick(DRAWN);
  const scope = random.whole(1, 4) === 1 ? 'with all it started' : 'alone';
  // In a chain the work is spread over its runs, and so are the moments.
  const spread = Math.round((lengthMs * 1.2) / Math.sqrt(inChain));
  const latest: Record<KillKind, number> = {
    moment: spread,
    start: 300,
    journal: 0,
    request: 0,
    stream: 30,
    reply: 40,
    command: 200,
  };
  // In a long one each run comes a little further only.
  const farthest = kind === 'journal' || inChain > 12 ? 1 : 4;
  return { kind, scope, skip: random.whole(0, farthest), afterMs: random.whole(0, latest[kind]) };
}

export function describeKill(kill: PlannedKill): string {
  return `${kill.kind} (skip ${kill.skip}, after ${kill.afterMs} ms, ${kill.scope})`;
}

/**
 * Waits for the point of `kill` in the process that was just started, then calls `fire` with its name. Returns what
 * stops the waiting.
 */
export function armKill(
  place: Place,
  kill: PlannedKill,
  open: OpenPoints,
  fire: (where: string) => void,
): () => void {
  switch (kill.kind) {
    case 'moment':
    case 'start': {
      const timer = setTimeout(() => fire(`${kill.afterMs} ms after its start`), kill.afterMs);
      return () => clearTimeout(timer);
    }
    case 'journal':
      return armJournal(place, kill, open, fire);
    case 'command':
      return armCommand(place, kill, fire);
    case 'request':
    case 'stream':
    case 'reply':
      return armRequest(place, kill, fire);
  }
}

/** Behind a line that nobody was killed behind before; when there are none left, behind any. */
function armJournal(
  place: Place,
  kill: PlannedKill,
  open: OpenPoints,
  fire: (where: string) => void,
): () => void {
  const known = new Map<string, number>();
  const takeNew = (): string[] =>
    readJournals(place.commonDir).flatMap(({ task, run, entries }) => {
      const from = known.get(`${task}/${run}`) ?? 0;
      known.set(`${task}/${run}`, entries.length);
      return entries.slice(from).map((entry) => nameEntry(task, entry));
    });
  takeNew();
  let left = kill.skip;
  return poll(() => {
    for (const line of takeNew()) {
      if (open.size > 0 && !open.has(line)) continue;
      left -= 1;
      if (left >= 0) continue;
      open.delete(line);
      fire(`right behind the journal line "${line}"`);
      return true;
    }
    return false;
  });
}

/** Some time after a check or a fix has begun. */
function armCommand(place: Place, kill: PlannedKill, fire: (where: string) => void): () => void {
  const before = place.commands().length;
  let timer: NodeJS.Timeout | undefined;
  const stop = poll(() => {
    const command = place.commands()[before + kill.skip];
    if (command === undefined) return false;
    const where = `${kill.afterMs} ms after the start of the command "${command}"`;
    timer = setTimeout(() => fire(where), kill.afterMs);
    return true;
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** When a request has come and before a byte of the answer, after half of the answer, or some time after its end. */
function armRequest(place: Place, kill: PlannedKill, fire: (where: string) => void): () => void {
  let left = kill.skip;
  let timer: NodeJS.Timeout | undefined;
  place.intercept = (chat, index) => {
    const reply = REPLIES(chat, index);
    left -= 1;
    if (left !== -1 || reply === undefined) return reply;
    if (kill.kind === 'request') {
      fire(`at request ${index}, before its answer`);
      return reply;
    }
    const where = kill.kind === 'stream' ? 'in the middle of the answer' : 'of which the answer was given';
    timer = setTimeout(() => fire(`at request ${index}, ${where}, after ${kill.afterMs} ms`), kill.afterMs);
    return kill.kind === 'stream' ? { ...asReply(reply), fault: 'silence' } : reply;
  };
  return () => {
    place.intercept = REPLIES;
    clearTimeout(timer);
  };
}

function asReply(reply: ScriptedReply | string): ScriptedReply {
  return typeof reply === 'string' ? { text: reply } : reply;
}

/** Asks about once a millisecond until the answer is true; file events would come later than this. */
function poll(isOver: () => boolean): () => void {
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    timer = undefined;
    if (!isOver()) timer = setTimeout(ask, 1);
  };
  ask();
  return () => clearTimeout(timer);
}
