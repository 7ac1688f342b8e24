import type { Config } from '../config/schema.js';
import { isPrivateHost } from '../models/address.js';
import { readApiKey } from '../models/api-key.js';
import type { ResponseCache } from '../models/cache/response-cache.js';
import { isSameModel } from '../models/names.js';
import { createEmbeddedBackend } from '../models/embedded/backend.js';
import { resolveOllamaAddress } from '../models/ollama/address.js';
import { createOllamaBackend } from '../models/ollama/backend.js';
import { resolveAddresses } from '../models/openai/address.js';
import { createOpenAiBackend } from '../models/openai/backend.js';
import type { Backend, Model, RequestLimits, Role } from '../models/port.js';
import { thinkFirst } from '../models/think-first.js';
import { createBreaker, type Breaker } from './breaker.js';
import { createLoadAhead, type LoadAhead } from './load-ahead.js';
import { createRoleModels, type RoleModels } from './role-models.js';

export const ROLES: readonly Role[] = ['overseer', 'coder'];

export interface CrewOptions {
  /** The repository: model files are named relative to it. Default: where the process stands. */
  folder?: string;
  /** First pause before a failed request is sent again, in ms; default: that of the backend. */
  retryBaseMs?: number;
  /** Answers of earlier runs; without it every question is asked. */
  cache?: ResponseCache | undefined;
}

/** The backend of each role; one backend serves both when they are on the same server. */
export function createBackends(config: Config, options: CrewOptions = {}): Record<Role, Backend> {
  const overseer = createBackend(config, 'overseer', options);
  return { overseer, coder: isOneServer(config) ? overseer : createBackend(config, 'coder', options) };
}

function createBackend(config: Config, role: Role, { folder, retryBaseMs }: CrewOptions): Backend {
  const { backend: kind, api_key_env: variable } = config[role];
  const addresses = addressesOf(config, role);
  const common = {
    keepAlive: config.models.keep_alive,
    apiKey: readApiKey(kind, variable, process.env),
    ...(retryBaseMs === undefined ? {} : { retryBaseMs }),
  };
  if (kind === 'embedded') {
    const roles = ROLES.filter((each) => config[each].backend === 'embedded');
    return createEmbeddedBackend({
      names: roles.flatMap((each) => namesOf(config, each)),
      folder: folder ?? process.cwd(),
      ...common,
    });
  }
  if (kind !== 'ollama') return createOpenAiBackend({ kind, addresses, ...common });
  const [address] = addresses;
  if (address === undefined) throw new Error('unreachable: Ollama has an address');
  return createOllamaBackend({ address, ...common });
}

/** The models of both roles and the servers that they are on. */
export interface Crew {
  backends: Record<Role, Backend>;
  models: Record<Role, RoleModels>;
  breaker: Breaker;
  loadAhead: LoadAhead;
  cache?: ResponseCache | undefined;
}

export function createCrew(config: Config, options: CrewOptions = {}): Crew {
  const backends = createBackends(config, options);
  const breaker = createBreaker();
  const models = createModels(config, backends, breaker);
  const loadAhead = createLoadAhead({ backends, models }, requestLimits(config).firstTokenMs);
  return { backends, models, breaker, loadAhead, cache: options.cache };
}

/**
 * Where the server of a role is; for a kind with several usual ports all of them, the first first; for `embedded` none.
 * @throws NexusError `bad-address`, `remote-address`
 */
export function addressesOf(config: Config, role: Role): URL[] {
  const { backend, url } = config[role];
  if (backend === 'embedded') return [];
  const options = { allowRemote: config.allow_remote };
  return backend === 'ollama'
    ? [resolveOllamaAddress(url, process.env, options)]
    : resolveAddresses(backend, url, options);
}

/** Whether both roles are on the same server, and show it the same key. */
function isOneServer(config: Config): boolean {
  const [one, other] = ROLES.map((role) =>
    JSON.stringify([config[role].backend, addressesOf(config, role), config[role].api_key_env]),
  );
  return one === other;
}

/** For each server outside this machine and its private network, which `allow_remote` allows: what it gets. */
export function describeRemote(config: Config): string[] {
  return ROLES.flatMap((role) =>
    addressesOf(config, role)
      .filter(({ hostname }) => !isPrivateHost(hostname))
      .map((address) => `The ${role}'s prompts, with your code, go to ${address.host} (allow_remote).`),
  );
}

/** The names of a role's models, the first first. */
export function namesOf(config: Config, role: Role): [string, ...string[]] {
  return [config[role].model, ...config[role].fallbacks];
}

/** Whether a role uses the model that its server calls so, first or in the place of another. */
export function usesModel(config: Config, role: Role, name: string): boolean {
  return namesOf(config, role).some((each) => isSameModel(config[role].backend, each, name));
}

/**
 * The models of both roles for one run. When one model can be in both roles, all get one context window, or it would be
 * loaded anew each time.
 */
export function createModels(
  config: Config,
  backends: Record<Role, Backend>,
  breaker?: Breaker,
): Record<Role, RoleModels> {
  const coders = namesOf(config, 'coder');
  const shared = isOneServer(config) && namesOf(config, 'overseer').some((name) => coders.includes(name));
  const create = (role: Role, name: string): Model => {
    const { context, think, max_thinking: maxTokens } = config[role];
    const options = {
      role,
      name,
      contextTokens: shared ? Math.max(config.overseer.context, config.coder.context) : context,
      limits: requestLimits(config),
    };
    const plain = backends[role].model(options);
    const guard = (model: Model): Model => breaker?.guard(model, backends[role]) ?? model;
    if (think === 'off') return guard(plain);
    const thinking = backends[role].model({ ...options, thinking: { mode: think, maxTokens } });
    return guard(thinkFirst(thinking, plain));
  };
  const createAll = (role: Role): RoleModels => {
    const [first, ...others] = namesOf(config, role);
    return createRoleModels([create(role, first), ...others.map((name) => create(role, name))]);
  };
  return { overseer: createAll('overseer'), coder: createAll('coder') };
}

/** Whether the first model of both roles is the same one on the same server. */
export function isOneModel(config: Config): boolean {
  return config.overseer.model === config.coder.model && isOneServer(config);
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
export async function shouldBatch(
  config: Config,
  { backends, models }: Pick<Crew, 'backends' | 'models'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { overseer, coder } = models;
  const isOne = backends.overseer === backends.coder && overseer.current.name === coder.current.name;
  if (config.models.resident === 2 || isOne) return false;
  if (config.models.resident === 1) return true;
  if (backends.overseer !== backends.coder) return false;
  const { kind } = backends.overseer;
  try {
    const loaded = (await backends.overseer.installed(signal)).filter((model) => model.loaded !== undefined);
    return !ROLES.every((role) =>
      loaded.some((model) => isSameModel(kind, model.name, models[role].current.name)),
    );
  } catch {
    signal.throwIfAborted();
    return true;
  }
}
