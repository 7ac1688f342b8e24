import type { MachineMemory } from '../../platform/machine-memory.js';
import { isSameModel } from '../ollama/names.js';
import type { InstalledModel, Role } from '../port.js';
import { CANDIDATES, type Candidate } from './candidates.js';
import { toCandidates } from './installed-candidates.js';
import { sumMemory, type MemorySum } from './memory.js';
import { findRoom, type Room } from './room.js';

export interface RoleChoice {
  model: string;
  quantisation: string;
  contextTokens: number;
  thinks: boolean;
  installed: boolean;
}

export interface Proposal {
  overseer: RoleChoice;
  coder: RoleChoice;
  /** Of each model that would be loaded: one, when both roles have the same. */
  memory: (MemorySum & { model: string; contextTokens: number })[];
  totalBytes: number;
  /** False: not even the smallest does. */
  fits: boolean;
  /** For people. */
  because: string;
}

export interface Recommendation {
  room: Room;
  /** The best that this machine can hold. */
  best: Proposal;
  /** The best of what is installed; undefined: nothing of it is of use, or it is `best`. */
  installed: Proposal | undefined;
}

export interface RecommendInput {
  machine: MachineMemory;
  installed: readonly InstalledModel[];
  /** Contexts to try for each role, in tokens, the wanted one first; each further one counts as a little worse. */
  contexts: Readonly<Record<Role, readonly number[]>>;
}

/** A dense model above this writes less than some three words a second on a processor. In billions of weights. */
const MOST_ACTIVE_ON_PROCESSOR = 9;
/** The Coder decides most of what comes out. */
const CODER_WEIGHT = 2;
/** For each smaller context. */
const CONTEXT_LOSS = 6;
/** What is installed is proposed from this share of what the best is worth. */
const LEAST_SHARE = 0.5;

/** The models, quantisations and contexts for both roles. */
export function recommendModels({ machine, installed, contexts }: RecommendInput): Recommendation {
  const room = findRoom(machine);
  const there = toCandidates(installed);
  const others = CANDIDATES.filter(({ name }) => !there.some((each) => isSameModel(each.name, name)));
  const names = new Set(there.map(({ name }) => name));
  const all = [...there, ...others];
  const best = choosePair(all, room, contexts) ?? chooseSmallest(all, contexts);
  const own = choosePair(there, room, contexts);
  if (own === undefined || own.worth < LEAST_SHARE * best.worth) {
    return { room, best: describe(best, room, names), installed: undefined };
  }
  // As good as anything: nothing has to be downloaded.
  if (own.worth >= best.worth) return { room, best: describe(own, room, names), installed: undefined };
  return { room, best: describe(best, room, names), installed: describe(own, room, names) };
}

/** Two candidates with their contexts. */
interface Pair {
  overseer: Candidate;
  coder: Candidate;
  contexts: Record<Role, number>;
  worth: number;
  fits: boolean;
}

/** The best two (or one for both) that fit side by side: with two that do not, each change of role would load one anew. */
function choosePair(
  candidates: readonly Candidate[],
  room: Room,
  contexts: RecommendInput['contexts'],
): Pair | undefined {
  const usable = candidates.filter((each) => isUsable(each, room));
  let best: Pair | undefined;
  for (const coder of usable) {
    for (const overseer of usable) {
      for (const pair of combine(overseer, coder, contexts)) {
        if (sumPair(pair) > room.bytes || !isBetter(pair, best)) continue;
        best = pair;
      }
    }
  }
  return best;
}

function isUsable({ active, thinks }: Candidate, { where }: Room): boolean {
  return where !== 'processor' || (active <= MOST_ACTIVE_ON_PROCESSOR && !thinks);
}

/** Of two that are worth the same the one that takes less memory. */
function isBetter(pair: Pair, best: Pair | undefined): boolean {
  if (best === undefined || pair.worth > best.worth) return true;
  return pair.worth === best.worth && sumPair(pair) < sumPair(best);
}

function combine(overseer: Candidate, coder: Candidate, contexts: RecommendInput['contexts']): Pair[] {
  return contexts.coder.flatMap((coderContext, loss) =>
    contexts.overseer.flatMap((overseerContext, otherLoss) => {
      const own = { overseer: overseerContext, coder: coderContext };
      if (own.overseer > overseer.contextTokens || own.coder > coder.contextTokens) return [];
      const worth = coder.coder * CODER_WEIGHT + overseer.overseer - CONTEXT_LOSS * (loss + otherLoss);
      return [{ overseer, coder, contexts: own, worth, fits: true }];
    }),
  );
}

/** The least that there is, for a machine that can hold none. */
function chooseSmallest(candidates: readonly Candidate[], contexts: RecommendInput['contexts']): Pair {
  const [smallest] = candidates.toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  if (smallest === undefined) throw new Error('unreachable: the table has candidates');
  const own = { overseer: contexts.overseer.at(-1) ?? 2048, coder: contexts.coder.at(-1) ?? 2048 };
  return { overseer: smallest, coder: smallest, contexts: own, worth: 0, fits: false };
}

/** One model in both roles is loaded once, with the larger context. */
function listLoaded({ overseer, coder, contexts }: Pair): { model: Candidate; contextTokens: number }[] {
  if (overseer.name === coder.name) {
    return [{ model: coder, contextTokens: Math.max(contexts.overseer, contexts.coder) }];
  }
  return [
    { model: overseer, contextTokens: contexts.overseer },
    { model: coder, contextTokens: contexts.coder },
  ];
}

function sumPair(pair: Pair): number {
  return listLoaded(pair).reduce(
    (sum, { model, contextTokens }) => sum + sumMemory(model, contextTokens).totalBytes,
    0,
  );
}

function describe(pair: Pair, room: Room, names: ReadonlySet<string>): Proposal {
  const choose = (candidate: Candidate, contextTokens: number): RoleChoice => ({
    model: candidate.name,
    quantisation: candidate.quantisation,
    contextTokens,
    thinks: candidate.thinks,
    installed: names.has(candidate.name),
  });
  const memory = listLoaded(pair).map(({ model, contextTokens }) => ({
    model: model.name,
    contextTokens,
    ...sumMemory(model, contextTokens),
  }));
  return {
    overseer: choose(pair.overseer, pair.contexts.overseer),
    coder: choose(pair.coder, pair.contexts.coder),
    memory,
    totalBytes: memory.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
    fits: pair.fits,
    because: explain(pair, room),
  };
}

function explain({ overseer, coder, fits }: Pair, { where }: Room): string {
  if (!fits) return 'the smallest that there is: this machine has too little memory for a useful one';
  const place = {
    graphics: 'in the memory of the graphics card',
    unified: 'in the memory that graphics and processor share',
    processor: 'in memory',
  }[where];
  const speed =
    where === 'processor'
      ? '; larger ones, and those that have to think, would be too slow on the processor'
      : '';
  if (overseer.name === coder.name) {
    const mixture =
      coder.active < coder.billions / 2 ? `, uses ${coder.active}B of its ${coder.billions}B at a time` : '';
    return `one model for both roles is loaded once and fits ${place}${mixture}${speed}`;
  }
  return `one model for each role: both fit ${place} at the same time${speed}`;
}
