import type { ModelFile } from './model-file.js';

/** llama.cpp's default: tokens that are read at once. */
const BATCH = 512;
/** Numbers of the cache are 16 bits, those of a calculation 32. */
const CACHE_BYTES = 2;
const WORK_BYTES = 4;
/** Layers of a calculation that are in memory side by side; from what 3.22.1 reported for Qwen2.5-Coder 0.5B. */
const WORK_LAYERS = 8;

/**
 * Memory that a model with a context needs, in bytes: weights, cache, and the work of one batch. What 3.22.1 says of
 * Qwen2.5-Coder 0.5B is the same; of the 1.5B it says 1.4 times as much, since weights that llama.cpp packs anew for the
 * processor count twice there: the second time as pages of the file, which the system drops when it needs them.
 */
export function estimateMemory(file: ModelFile, contextTokens: number): number {
  const { vocabulary = 0, embeddingLength = 0 } = file.header;
  const work = BATCH * (vocabulary + embeddingLength * WORK_LAYERS) * WORK_BYTES;
  return file.sizeBytes + cacheBytes(file, contextTokens) + work;
}

/** Of a context; 0 when the file does not tell how the model is built. */
export function cacheBytes(
  { header: { layers = 0, cacheWidth = 0 } }: ModelFile,
  contextTokens: number,
): number {
  return contextTokens * layers * cacheWidth * CACHE_BYTES;
}

/** `4.9 GB`, as sizes of models are written: 1 GB is 10⁹ bytes. */
export function formatGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
