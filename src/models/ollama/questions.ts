import { createFault, ModelError } from '../model-error.js';
import { parseAnswer } from '../parse-answer.js';
import { listAnswer, runningAnswer, showAnswer, versionAnswer } from './answers.js';
import { askOllama, placeOf, type OllamaServer } from './client.js';
import { readCacheSize } from './cache-size.js';
import { isCloudName, isSameModel } from './names.js';
import type { InstalledModel, ModelFault } from '../port.js';

/** What must be known of a model before it is asked. */
export interface ModelFacts {
  /** How `think` must be set: `off` with `false`, `low` where it cannot be switched off, `none` not at all. */
  thinking: 'off' | 'low' | 'none';
}

const YEAR_MS = 365 * 24 * 3600 * 1000;
/** How many models are looked at side by side. */
const SHOWN_AT_ONCE = 4;

export async function askVersion(server: OllamaServer, signal: AbortSignal): Promise<string> {
  const answer = await askOllama(server, { signal }, async (client) => client.version());
  return parseAnswer(versionAnswer, answer, placeOf(server)).version;
}

/**
 * Whether a version of Ollama is before 0.12.4, which brought `truncate` and `shift`: without them an over-long prompt
 * is cut in silence. An unknown version (`0.0.0`: built without a release stamp) counts as new.
 */
export function isTooOld(version: string): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (parts === undefined || parts.every((part) => part === 0)) return false;
  const [major = 0, minor = 0, patch = 0] = parts;
  return major === 0 && (minor < 12 || (minor === 12 && patch < 4));
}

/** The context length with which a model is loaded now; 0 if the server does not say; undefined: not loaded. */
export async function askLoadedContext(
  server: OllamaServer,
  model: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const running = (await askRunning(server, signal)).find((each) => isSameModel(each.name, model));
  return running === undefined ? undefined : (running.context_length ?? 0);
}

/**
 * @throws ModelError `refused-model` for a model that runs elsewhere, `model-missing`, `not-running`, ….
 * A server that answers neither question is not trusted to keep the prompt at home, so its fault is thrown.
 */
export async function askFacts(
  server: OllamaServer,
  model: string,
  signal: AbortSignal,
): Promise<ModelFacts> {
  const [listed, shown] = await Promise.allSettled([askList(server, signal), askShow(server, model, signal)]);
  signal.throwIfAborted();
  const entry =
    listed.status === 'fulfilled' ? listed.value.find((each) => isSameModel(each.name, model)) : undefined;
  const answer = shown.status === 'fulfilled' ? shown.value : undefined;
  const remote = [entry, answer].find((each) => Boolean(each?.remote_host) || Boolean(each?.remote_model));
  if (remote !== undefined || isCloudName(model)) throw refuseCloud(server, model);
  if (shown.status === 'rejected' && (entry === undefined || hasFault(shown.reason, 'model-missing'))) {
    throw shown.reason;
  }
  if (answer?.capabilities?.includes('thinking') !== true) return { thinking: 'none' };
  return { thinking: /gpt-?oss/i.test(`${answer.details?.family} ${model}`) ? 'low' : 'off' };
}

/** The error for a model whose prompts would leave the machine. */
export function refuseCloud(server: OllamaServer, model: string): ModelError {
  return createFault(placeOf(server, model), 'refused-model', 'Ollama forwards it to its cloud');
}

/** The models that the server has on disk; those of its cloud are left out. */
export async function askInstalled(server: OllamaServer, signal: AbortSignal): Promise<InstalledModel[]> {
  const listed = (await askList(server, signal)).filter(
    (each) => !isCloudName(each.name) && !each.remote_host && !each.remote_model,
  );
  const running = await askRunning(server, signal).catch(() => []);
  const models: InstalledModel[] = [];
  for (let start = 0; start < listed.length; start += SHOWN_AT_ONCE) {
    const group = listed.slice(start, start + SHOWN_AT_ONCE).map(async (each): Promise<InstalledModel> => {
      const shown = await askShow(server, each.name, signal).catch(() => undefined);
      const loaded = running.find((one) => isSameModel(one.name, each.name));
      return {
        name: each.name,
        digest: each.digest ?? undefined,
        sizeBytes: each.size ?? undefined,
        parameters: each.details?.parameter_size ?? undefined,
        quantisation: each.details?.quantization_level ?? undefined,
        contextTokens: readTrainedContext(shown?.model_info ?? {}),
        cacheBytesPerToken: readCacheSize(shown?.model_info ?? {}),
        loaded: loaded && describeLoaded(loaded),
      };
    });
    models.push(...(await Promise.all(group)));
    signal.throwIfAborted();
  }
  return models;
}

/** The digest of a model, from the list alone: to look at every model takes seconds where there are many. */
export async function askDigest(
  server: OllamaServer,
  model: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const entry = (await askList(server, signal)).find((each) => isSameModel(each.name, model));
  return entry?.digest || undefined;
}

type Running = Awaited<ReturnType<typeof askRunning>>[number];

function describeLoaded(running: Running): NonNullable<InstalledModel['loaded']> {
  const { size, size_vram: inVram } = running;
  return {
    contextTokens: running.context_length ?? undefined,
    sizeBytes: size ?? undefined,
    gpuShare: size && inVram != null ? Math.min(1, inVram / size) : undefined,
    expiresAt: readExpiry(running.expires_at),
  };
}

/** `model_info` has it as `<architecture>.context_length`. */
function readTrainedContext(info: Readonly<Record<string, unknown>>): number | undefined {
  const architecture = info['general.architecture'];
  const value = typeof architecture === 'string' ? info[`${architecture}.context_length`] : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** A model that stays for ever has a time in some hundred years. */
function readExpiry(text: string | null | undefined): string | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) || at > Date.now() + YEAR_MS ? undefined : new Date(at).toISOString();
}

async function askList(server: OllamaServer, signal: AbortSignal) {
  const answer = await askOllama(server, { signal }, async (client) => client.list());
  return parseAnswer(listAnswer, answer, placeOf(server)).models ?? [];
}

async function askRunning(server: OllamaServer, signal: AbortSignal) {
  const answer = await askOllama(server, { signal }, async (client) => client.ps());
  return parseAnswer(runningAnswer, answer, placeOf(server)).models ?? [];
}

async function askShow(server: OllamaServer, model: string, signal: AbortSignal) {
  const answer = await askOllama(server, { signal, model }, async (client) => client.show({ model }));
  return parseAnswer(showAnswer, answer, placeOf(server, model));
}

function hasFault(error: unknown, fault: ModelFault): boolean {
  return error instanceof ModelError && error.fault === fault;
}
