import { createFault } from '../model-error.js';
import { ADVICE } from '../advice.js';
import type { ChatEvent, ModelOptions } from '../port.js';
import { pause } from '../retry.js';
import type { Sight } from './preset.js';
import { openLine, placeOf, type OpenAiServer } from './server.js';

/** A model that can be asked now. */
export interface ReadyModel {
  /** What requests must call it. */
  id: string;
  windowTokens: number | undefined;
  /** How long it was loaded here, in ms; undefined when it was there. */
  loadMs: number | undefined;
  /** Whether the request itself may have to load it. */
  mayLoad: boolean;
  /** Models that may answer in its place; see `Sight`. */
  others: readonly string[];
}

type Waiting = Extract<ChatEvent, { type: 'waiting' }>;

/** How often a server that loads is asked whether it is done, in ms. */
const POLL_MS = 250;

/**
 * Looks at a model and, where the kind of server can be told, loads it with the context of the configuration.
 * @throws ModelError `model-missing`, `refused-model`; `window-too-small` when it is loaded with less: requests to these
 *   servers cannot set it, and a prompt that does not fit fails late or is cut
 */
export async function* makeReady(
  server: OpenAiServer,
  options: ModelOptions,
  signal: AbortSignal,
): AsyncGenerator<Waiting, ReadyModel, undefined> {
  const { name, contextTokens, limits } = options;
  const place = placeOf(server, name);
  const line = openLine(server, signal);
  const started = performance.now();
  let hasWaited = false;
  let hasLoaded = false;
  for (;;) {
    const sight = await server.preset.look(line, name);
    const { load } = server.preset;
    if (isAskable(sight) || (sight.kind === 'unloaded' && load === undefined)) {
      assertWindow(server, sight, options);
      return {
        id: sight.id,
        windowTokens: sight.kind === 'loaded' ? sight.windowTokens : undefined,
        loadMs: hasWaited ? Math.round(performance.now() - started) : undefined,
        mayLoad: sight.kind !== 'loaded',
        others: sight.kind === 'unknown' ? sight.others : [],
      };
    }
    if (sight.kind === 'missing') throw createFault(place, 'model-missing', '');
    if (sight.kind === 'elsewhere') throw createFault(place, 'refused-model', sight.why);
    if (!hasWaited) yield { type: 'waiting', for: 'load' };
    hasWaited = true;
    if (performance.now() - started > limits.firstTokenMs) {
      throw createFault(place, 'first-token-timeout', 'it is still being loaded');
    }
    if (sight.kind === 'loading' || load === undefined) {
      await pause(POLL_MS, signal);
      continue;
    }
    if (hasLoaded) throw createFault(place, 'server-error', 'it was told to load the model, and did not');
    const { firstTokenMs } = limits;
    await load(line, sight.id, contextTokens, {
      ...limits,
      silenceMs: firstTokenMs,
      requestMs: firstTokenMs,
    });
    hasLoaded = true;
  }
}

function isAskable(sight: Sight): sight is Extract<Sight, { kind: 'loaded' | 'unknown' }> {
  return sight.kind === 'loaded' || sight.kind === 'unknown';
}

function assertWindow(server: OpenAiServer, sight: Sight, { name, contextTokens }: ModelOptions): void {
  if (sight.kind !== 'loaded' || sight.windowTokens === undefined) return;
  if (sight.windowTokens >= contextTokens) return;
  const detail = `${sight.windowTokens} tokens, where \`context:\` says ${contextTokens}`;
  throw createFault(placeOf(server, name), 'window-too-small', detail, {
    remedy: ADVICE[server.preset.kind].enlarge(name, contextTokens),
  });
}
