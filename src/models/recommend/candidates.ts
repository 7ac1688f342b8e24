/*
 * Models that `nexus models recommend` knows, as Ollama names them. One line each; sizes are those of the 4-bit download
 * (model-servers §5.4, or the library's page), caches are computed from the published architecture: layers × heads of
 * keys and values × width of a head × 2 (keys and values) × 2 bytes.
 */

export interface Candidate {
  /** As Ollama's library has it. */
  name: string;
  /** Billions of weights, and how many of them are used for one token. */
  billions: number;
  active: number;
  quantisation: string;
  sizeBytes: number;
  cacheBytesPerToken: number;
  /** The cache is computed from published figures, or a guess on the safe side. */
  cacheIsEstimate: boolean;
  /** Longest context that it was made for, in tokens. */
  contextTokens: number;
  /** Can think before it answers, and is at its best when it does, which takes time and tokens. */
  thinks: boolean;
  /**
   * How well it does in each role; only the order counts. Coder: share of Aider's code editing tasks that it solved where
   * that was published (§5.2: Qwen2.5-Coder, Llama 3.1), for the others by what they are recommended for today (§5.5).
   */
  coder: number;
  overseer: number;
}

const GB = 1e9;
const K = 1024;

/** Layers, heads of keys and values, width of a head. */
type Architecture = readonly [layers: number, heads: number, width: number];

/** `cache`: the architecture that it is computed from, or where that is not known a guess in bytes for each token. */
function row(
  name: string,
  [billions, gigabytes]: readonly [billions: number, gigabytes: number],
  cache: Architecture | number,
  contextTokens: number,
  { coder, overseer }: { coder: number; overseer: number },
): Candidate {
  const isGuess = typeof cache === 'number';
  return {
    name,
    billions,
    active: billions,
    quantisation: 'Q4_K_M',
    sizeBytes: gigabytes * GB,
    cacheBytesPerToken: isGuess ? cache : cache[0] * cache[1] * cache[2] * 2 * 2,
    cacheIsEstimate: isGuess,
    contextTokens,
    thinks: false,
    coder,
    overseer,
  };
}

export const CANDIDATES: readonly Candidate[] = [
  // Qwen2.5-Coder: config.json of each size; 32k without YaRN (§5.1).
  row('qwen2.5-coder:0.5b', [0.5, 0.398], [24, 2, 64], 32 * K, { coder: 14, overseer: 10 }),
  row('qwen2.5-coder:1.5b', [1.5, 0.986], [28, 2, 128], 32 * K, { coder: 32, overseer: 22 }),
  row('qwen2.5-coder:3b', [3.1, 1.9], [36, 2, 128], 32 * K, { coder: 39, overseer: 34 }),
  row('qwen2.5-coder:7b', [7.6, 4.7], [28, 4, 128], 32 * K, { coder: 58, overseer: 50 }),
  row('qwen2.5-coder:14b', [14.8, 9], [48, 8, 128], 32 * K, { coder: 69, overseer: 66 }),
  row('qwen2.5-coder:32b', [32.8, 20], [64, 8, 128], 32 * K, { coder: 73, overseer: 72 }),
  row('llama3.1:8b', [8, 4.9], [32, 8, 128], 128 * K, { coder: 38, overseer: 60 }),
  row('mistral:7b', [7.2, 4.4], [32, 8, 128], 32 * K, { coder: 25, overseer: 48 }),
  // The 7B and 13B have a head of keys and values for each of questions: caches of half a megabyte and more for a token.
  row('codellama:7b', [6.7, 3.8], [32, 32, 128], 16 * K, { coder: 20, overseer: 15 }),
  row('codellama:13b', [13, 7.4], [40, 40, 128], 16 * K, { coder: 24, overseer: 20 }),
  row('codellama:34b', [34, 19], [48, 8, 128], 16 * K, { coder: 30, overseer: 25 }),
  // A mixture: of 30.5 billion weights 3.3 are used for one token. Never thinks (§5.5).
  { ...row('qwen3-coder:30b', [30.5, 19], [48, 4, 128], 256 * K, { coder: 85, overseer: 80 }), active: 3.3 },
  // As Mistral Small 3 (40 layers, 8 heads of 128), which it seems to be built as.
  row('devstral-small-2:24b', [24, 15], 160 * K, 256 * K, { coder: 82, overseer: 81 }),
  // Every second layer keeps only a window; this is the cache without that saving. Its thinking cannot be switched off.
  {
    ...row('gpt-oss:20b', [20.9, 14], [24, 8, 64], 128 * K, { coder: 66, overseer: 70 }),
    active: 3.6,
    quantisation: 'MXFP4',
    thinks: true,
  },
  // Three of four layers keep a state instead of a cache. Of the 27B 16 of 64 layers have a cache, 64 KiB a token; the
  // 9B has half the layers; this is on the safe side.
  { ...row('qwen3.5:9b', [9, 6.6], 48 * K, 256 * K, { coder: 66, overseer: 71 }), thinks: true },
  // Size of the download by what its page says of memory (§5.5); most layers keep only a window.
  { ...row('gemma4:e4b', [8, 9.6], 64 * K, 128 * K, { coder: 45, overseer: 64 }), active: 4.5, thinks: true },
];
