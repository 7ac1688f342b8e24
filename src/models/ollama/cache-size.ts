/** Keys and values, 16 bit numbers each (`OLLAMA_KV_CACHE_TYPE` f16, the default). */
const BYTES = 2;

/**
 * What one token of the context takes in memory, in bytes, from `model_info` of `/api/show`; undefined where it does not
 * say how the model is built. Layers that keep only a window are counted in full: it is never less than the truth.
 */
export function readCacheSize(info: Readonly<Record<string, unknown>>): number | undefined {
  const architecture = info['general.architecture'];
  if (typeof architecture !== 'string') return undefined;
  const figure = (key: string): number | undefined => {
    const value = info[`${architecture}.${key}`];
    return typeof value === 'number' && value > 0 ? value : undefined;
  };
  const layers = figure('block_count');
  const questions = figure('attention.head_count');
  // A list, one for each layer, comes as null.
  const isGrouped = `${architecture}.attention.head_count_kv` in info;
  const heads = isGrouped ? figure('attention.head_count_kv') : questions;
  const length = figure('embedding_length');
  const usual = length === undefined || questions === undefined ? undefined : length / questions;
  const keys = figure('attention.key_length') ?? usual;
  if (layers === undefined || heads === undefined || keys === undefined) return undefined;
  const values = figure('attention.value_length') ?? keys;
  // Of models that keep a state in the other layers.
  const withCache = layers / (figure('full_attention_interval') ?? 1);
  return Math.ceil(withCache * heads * (keys + values) * BYTES);
}
