import type { Candidate } from './candidates.js';

/** What one loaded model takes, in bytes. */
export interface MemorySum {
  weightsBytes: number;
  cacheBytes: number;
  workBytes: number;
  totalBytes: number;
  /** A part of it is a guess. */
  isEstimate: boolean;
}

/** What the calculation of one batch takes beside weights and cache: llama.cpp reports 0.3–0.5 GB for 7–14B. */
const WORK_BYTES = 0.4e9;

/** Weights, cache of the whole context and work of one loaded model. */
export function sumMemory(
  model: Pick<Candidate, 'sizeBytes' | 'cacheBytesPerToken' | 'cacheIsEstimate'>,
  contextTokens: number,
): MemorySum {
  const cacheBytes = model.cacheBytesPerToken * contextTokens;
  return {
    weightsBytes: model.sizeBytes,
    cacheBytes,
    workBytes: WORK_BYTES,
    totalBytes: model.sizeBytes + cacheBytes + WORK_BYTES,
    isEstimate: model.cacheIsEstimate,
  };
}
