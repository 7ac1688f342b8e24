import type { Config } from '../config/schema.js';
import { isSameModel } from '../models/ollama/names.js';
import { createOllamaBackend } from '../models/ollama/backend.js';
import { resolveOllamaAddress } from '../models/ollama/address.js';
import type { Backend, Model, RequestLimits, Role } from '../models/port.js';

export const ROLES: readonly Role[] = ['overseer', 'coder'];

/** The backend of each role; one backend serves both when they have the same address. */
export function createBackends(
  config: Config,
  options: { retryBaseMs?: number } = {},
): Record<Role, Backend> {
  const { retryBaseMs } = options;
  const addresses = ROLES.map((role) => addressOf(config, role));
  const [overseer, coder] = addresses.map((address) =>
    createOllamaBackend({
      address,
      keepAlive: config.models.keep_alive,
      ...(retryBaseMs === undefined ? {} : { retryBaseMs }),
    }),
  );
  if (overseer === undefined || coder === undefined) throw new Error('unreachable: there are two roles');
  return { overseer, coder: addresses[0]?.href === addresses[1]?.href ? overseer : coder };
}

/** The models of both roles and the servers that they are on. */
export interface Crew {
  backends: Record<Role, Backend>;
  models: Record<Role, Model>;
}

/** @param options `retryBaseMs`: first pause before a failed request is sent again; default: that of the backend */
export function createCrew(config: Config, options: { retryBaseMs?: number } = {}): Crew {
  const backends = createBackends(config, options);
  return { backends, models: createModels(config, backends) };
}

/** Address of the server of a role. @throws NexusError `remote-address` */
export function addressOf(config: Config, role: Role): URL {
  return resolveOllamaAddress(config[role].url, process.env, { allowRemote: config.allow_remote });
}

/** Both models for one run. One model in both roles gets one context window, or it would be loaded anew each time. */
export function createModels(config: Config, backends: Record<Role, Backend>): Record<Role, Model> {
  const shared = isOneModel(config);
  const create = (role: Role): Model =>
    backends[role].model({
      role,
      name: config[role].model,
      contextTokens: shared ? Math.max(config.overseer.context, config.coder.context) : config[role].context,
      limits: requestLimits(config),
    });
  return { overseer: create('overseer'), coder: create('coder') };
}

/** Whether both roles are the same model on the same server. */
export function isOneModel(config: Config): boolean {
  return (
    config.overseer.model === config.coder.model &&
    addressOf(config, 'overseer').href === addressOf(config, 'coder').href
  );
}

function requestLimits(config: Config): RequestLimits {
  const { first_token, silence, request } = config.limits;
  return {
    connectMs: 10_000,
    firstTokenMs: first_token * 1000,
    silenceMs: silence * 1000,
    requestMs: request * 1000,
  };
}

/**
 * Whether tasks are worked on together, role by role, so that each model is loaded once (design.md §5.8): unless both
 * models stay in memory. With `resident: auto` the server is asked whether it holds both right now.
 */
export async function shouldBatch(config: Config, { backends }: Crew, signal: AbortSignal): Promise<boolean> {
  if (config.models.resident === 2 || isOneModel(config)) return false;
  if (config.models.resident === 1) return true;
  if (backends.overseer !== backends.coder) return false;
  try {
    const loaded = (await backends.overseer.installed(signal)).filter((model) => model.loaded !== undefined);
    return !ROLES.every((role) => loaded.some((model) => isSameModel(model.name, config[role].model)));
  } catch {
    signal.throwIfAborted();
    return true;
  }
}
