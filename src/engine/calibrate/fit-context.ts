import type { InstalledModel } from '../../models/port.js';
import { toCandidate } from '../../models/recommend/installed-candidates.js';
import { sumMemory } from '../../models/recommend/memory.js';
import { findCapacity } from '../../models/recommend/room.js';
import type { MachineMemory } from '../../platform/machine-memory.js';
import type { ContextFacts } from './calibration.js';

export interface FitInput {
  /** What the server says of the model; undefined: nothing. */
  installed: InstalledModel | undefined;
  configured: number;
  machine: MachineMemory;
  /** Whether the server is on this machine. */
  isHere: boolean;
  /** Tokens of the longest prompt with its answer. */
  tried: number;
}

/** Contexts are told in whole blocks of so many tokens. */
const BLOCK = 256;

/** What is known of the longest context: by sums, since to try it would take minutes. */
export function findContextFacts(input: FitInput): ContextFacts {
  const { installed, configured, tried } = input;
  const trained = installed?.contextTokens;
  const { tokens, because } = fitMemory(input);
  const known = [trained, tokens].filter((each) => each !== undefined);
  const fits = known.length === 0 ? undefined : Math.min(...known);
  return {
    configured,
    tried,
    because,
    ...(trained === undefined ? {} : { trained }),
    ...(fits === undefined ? {} : { fits: Math.max(fits, tried) }),
    ...(installed?.loaded?.contextTokens === undefined ? {} : { loaded: installed.loaded.contextTokens }),
    ...(installed?.loaded?.gpuShare === undefined ? {} : { gpuShare: installed.loaded.gpuShare }),
  };
}

/** The longest context whose cache finds room beside the weights, in memory and on graphics cards together. */
function fitMemory({ installed, machine, isHere }: FitInput): {
  tokens: number | undefined;
  because: string;
} {
  if (!isHere)
    return { tokens: undefined, because: 'the memory of the server is not known: it is on another machine' };
  const candidate = installed === undefined ? undefined : toCandidate(installed);
  if (candidate === undefined)
    return { tokens: undefined, because: 'the server does not tell how large the model is' };
  const left = findCapacity(machine) - sumMemory(candidate, 0).totalBytes;
  const tokens = Math.floor(left / candidate.cacheBytesPerToken / BLOCK) * BLOCK;
  // It has answered: the sum is wrong, or the system swaps.
  if (tokens < BLOCK)
    return {
      tokens: undefined,
      because: 'by the sum of memory not even the model fits; it answered all the same',
    };
  const guess = candidate.cacheIsEstimate ? ', with an estimate of what a token takes' : '';
  if (!Number.isFinite(tokens)) return { tokens: undefined, because: 'its context takes no memory' };
  if (tokens >= (installed?.contextTokens ?? Number.POSITIVE_INFINITY)) {
    return { tokens, because: `memory is enough for all that it was made for${guess}` };
  }
  return { tokens, because: `memory is enough for ${tokens} tokens beside the weights${guess}` };
}
