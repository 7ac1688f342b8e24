import { isSameModel } from '../ollama/names.js';
import type { InstalledModel } from '../port.js';
import { CANDIDATES, type Candidate } from './candidates.js';

const KIB = 1024;
/** Gigabytes of a billion weights in 4 bits, with what stays at higher precision. */
const GIGABYTES_PER_BILLION = 0.62;

/** What is on a server, as candidates; those that answer no questions and those of unknown size are left out. */
export function toCandidates(installed: readonly InstalledModel[]): Candidate[] {
  return installed.flatMap((model) => {
    const candidate = toCandidate(model);
    return candidate === undefined ? [] : [candidate];
  });
}

/** Undefined: it answers no questions, or nothing is known about its size. */
export function toCandidate(model: InstalledModel): Candidate | undefined {
  if (!isForAnswers(model)) return undefined;
  const known = CANDIDATES.find(({ name }) => isKnownAs(model.name, name));
  const sizeBytes = model.sizeBytes ?? known?.sizeBytes;
  if (sizeBytes === undefined) return undefined;
  const base = known ?? guess(model, sizeBytes);
  return {
    ...base,
    // The table's name is the same model, written as people do.
    name: known !== undefined && isSameModel(model.name, known.name) ? known.name : model.name,
    sizeBytes,
    quantisation: model.quantisation ?? base.quantisation,
    contextTokens: model.contextTokens ?? base.contextTokens,
    ...(model.cacheBytesPerToken === undefined
      ? {}
      : { cacheBytesPerToken: model.cacheBytesPerToken, cacheIsEstimate: false }),
  };
}

/** `qwen2.5-coder:7b` also under the names of others: `qwen2.5-coder:7b-instruct-q8_0`, `qwen/qwen2.5-coder-7b-instruct`. */
function isKnownAs(written: string, name: string): boolean {
  const [long, short] = [written, name].map((each) => each.toLowerCase().replaceAll(/[:_ ]/g, '-'));
  const at = long?.indexOf(short ?? '') ?? -1;
  if (long === undefined || short === undefined || at === -1) return false;
  const [before, after] = [long[at - 1], long[at + short.length]];
  return (
    (before === undefined || /[^a-z0-9.]/.test(before)) && (after === undefined || /[^a-z0-9.]/.test(after))
  );
}

/** A model that the table does not know: by its size, which is most of what can be said; never better than a known one. */
function guess(model: InstalledModel, sizeBytes: number): Candidate {
  const billions = readBillions(model.parameters) ?? sizeBytes / 1e9 / GIGABYTES_PER_BILLION;
  const skill = Math.min(60, 10 + 12 * Math.log2(1 + billions));
  const isForCode = /code|devstral/iu.test(model.name);
  return {
    name: model.name,
    billions,
    active: billions,
    quantisation: '?',
    sizeBytes,
    cacheBytesPerToken: (billions < 10 ? 128 : billions < 40 ? 192 : 320) * KIB,
    cacheIsEstimate: true,
    contextTokens: Number.POSITIVE_INFINITY,
    thinks: false,
    coder: isForCode ? skill : skill * 0.65,
    overseer: isForCode ? skill * 0.85 : skill,
  };
}

/** `7.6B` → 7.6, `494.03M` → 0.49. */
function readBillions(parameters: string | undefined): number | undefined {
  const [, number, unit] = /^([\d.]+)\s*([BM])$/i.exec(parameters ?? '') ?? [];
  if (number === undefined) return undefined;
  return unit?.toUpperCase() === 'M' ? Number(number) / 1000 : Number(number);
}

/** Not models for vectors or speech, nor those before their training to answer (`qwen2.5-coder:7b-base`). */
function isForAnswers({ name }: InstalledModel): boolean {
  return !/embed|bge-|minilm|rerank|whisper|(?:^|[-:_])base(?:[-:_]|$)/iu.test(name);
}
