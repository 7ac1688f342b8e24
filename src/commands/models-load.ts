import type { Config } from '../config/schema.js';
import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { isSameModel } from '../models/names.js';
import type { Backend, BackendKind, Role } from '../models/port.js';
import { cleanLine } from '../report/clean-text.js';
import { renderDuration } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import { effectiveRole } from './diagnose/diagnose-memory.js';
import { openTrustedSettings } from './models-list.js';
import { requireRoles } from './role-argument.js';
import { openServers, type RoleServer } from './servers.js';
import { whileWaiting } from './waiting-view.js';

/** A model of the configuration on its server. */
interface RoleModel {
  backend: Backend;
  roles: Role[];
  name: string;
  contextTokens: number;
}

interface LoadedRole {
  roles: Role[];
  name: string;
  server: string;
  contextTokens: number;
  /** `made-room`: it was loaded, and had to go when the next one was. `cannot`: this kind of server is not told to. */
  outcome: 'loaded' | 'made-room' | 'cannot';
  ms: number | undefined;
  gpuShare: number | undefined;
  remedy: string | undefined;
}

/** `nexus models load [ROLE]`: reads the models of the roles into memory, so that the first request need not wait. */
export async function loadModels(context: CommandContext, written: string | undefined): Promise<ExitCode> {
  const roles = requireRoles(written ?? 'both', 'nexus models load [overseer|coder|both]');
  const { config, folder } = await openTrustedSettings(context.cwd);
  const wanted = listRoleModels(openServers(config, folder), config, roles);
  const models: LoadedRole[] = [];
  for (const model of wanted) models.push(await loadOne(context, model));
  await lookWhatStayed(models, wanted, context.signal);
  const style = createStyle(context.terminal.colours);
  await printAnswer(context, { models }, () => models.map((each) => renderLoaded(each, style)).join('\n'));
  return models.every(({ outcome }) => outcome === 'loaded') ? EXIT.ok : EXIT.attention;
}

/** Each model of these roles once, with the context that a run asks for. */
export function listRoleModels(
  servers: readonly RoleServer[],
  config: Config,
  wanted: readonly Role[],
): RoleModel[] {
  return servers.flatMap(({ backend, roles }) => {
    const models: RoleModel[] = [];
    for (const role of roles.filter((each) => wanted.includes(each))) {
      const { model: name, context: contextTokens } = effectiveRole(config, role);
      const same = models.find((each) => each.name === name);
      if (same === undefined) models.push({ backend, roles: [role], name, contextTokens });
      else same.roles.push(role);
    }
    return models;
  });
}

async function loadOne(context: CommandContext, model: RoleModel): Promise<LoadedRole> {
  const { backend, roles, name, contextTokens } = model;
  const { signal } = context;
  const entry = { roles, name, server: backend.label, contextTokens, gpuShare: undefined };
  const remedy = LOADS_ITSELF[backend.kind]?.(model);
  if (backend.load === undefined || remedy !== undefined) {
    return { ...entry, outcome: 'cannot', ms: undefined, remedy: remedy ?? 'The next run loads it.' };
  }
  const started = performance.now();
  const what = `Loading ${cleanLine(name)} with ${contextTokens} tokens of context on ${cleanLine(backend.label)}`;
  try {
    await whileWaiting(context, what, async () => backend.load?.(name, contextTokens, signal));
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interrupted(name);
  }
  const ms = Math.round(performance.now() - started);
  return { ...entry, outcome: 'loaded', ms, remedy: undefined };
}

/** What to do instead, for kinds that are not told to load; a model in this process would go with this command. */
const LOADS_ITSELF: Partial<Record<BackendKind, (model: RoleModel) => string>> = {
  'llama-server': ({ contextTokens }) =>
    `llama-server loads its model when it starts: llama-server -m FILE.gguf -c ${contextTokens}`,
  vllm: ({ name, contextTokens }) =>
    `vLLM loads its model when it starts: vllm serve ${name} --max-model-len ${contextTokens}`,
  openai: () => 'Load it with the tools of the server; else the first request does.',
  embedded: () => 'A model file is loaded by each run in its own process.',
};

/** A model that is gone by now had to make room. A server that does not answer this keeps the outcome as it is. */
async function lookWhatStayed(
  loaded: readonly LoadedRole[],
  wanted: readonly RoleModel[],
  signal: AbortSignal,
): Promise<void> {
  for (const [index, { backend, name }] of wanted.entries()) {
    const entry = loaded[index];
    if (entry?.outcome !== 'loaded') continue;
    const installed = await backend.installed(signal).catch(() => []);
    signal.throwIfAborted();
    const found = installed.find((each) => isSameModel(backend.kind, each.name, name));
    if (found === undefined) continue;
    entry.gpuShare = found.loaded?.gpuShare;
    if (found.loaded !== undefined) continue;
    entry.outcome = 'made-room';
    entry.remedy = 'Both do not fit at the same time: nexus models recommend';
  }
}

function renderLoaded(
  { roles, name, server, outcome, ms, gpuShare, remedy }: LoadedRole,
  style: Style,
): string {
  const what = `${roles.join(' and ')}: ${style.name(cleanLine(name))}`;
  const hint = remedy === undefined ? '' : `\n  → ${cleanLine(remedy)}`;
  if (outcome === 'cannot') return `${what} ${style.warn('is not loaded from here')}${hint}`;
  if (outcome === 'made-room') return `${what} ${style.warn('made room again for the other model')}${hint}`;
  const share = gpuShare === undefined ? '' : `, ${Math.round(gpuShare * 100)} % on the graphics card`;
  return `${what} ${style.good('is loaded')} on ${cleanLine(server)} ${style.faint(`(${renderDuration(ms ?? 0)}${share})`)}`;
}

function interrupted(name: string): NexusError {
  return new NexusError({
    code: 'interrupted',
    message: `Interrupted while ${name} was being loaded; the server may still finish that.`,
    remedy: 'nexus models list shows what is loaded; nexus models unload frees its memory.',
    exitCode: EXIT.interrupted,
  });
}
