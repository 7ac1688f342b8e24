import type { Config } from '../config/schema.js';
import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { isSameModel } from '../models/names.js';
import type { Backend, BackendKind } from '../models/port.js';
import { cleanLine } from '../report/clean-text.js';
import { createStyle, type Style } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import { openTrustedSettings, requireModelName } from './models-list.js';
import { listRoleModels } from './models-load.js';
import { readRoles } from './role-argument.js';
import { openServers, type RoleServer } from './servers.js';
import { whileWaiting } from './waiting-view.js';

interface UnloadedModel {
  name: string;
  server: string;
  outcome: 'unloaded' | 'not-loaded' | 'cannot';
  remedy: string | undefined;
}

interface NamedModel {
  backend: Backend;
  name: string;
}

/** `nexus models unload [ROLE|MODEL]`: frees the memory of both roles' models, of one, or of any on their servers. */
export async function unloadModels(context: CommandContext, written: string | undefined): Promise<ExitCode> {
  const { config, folder } = await openTrustedSettings(context.cwd);
  const named = selectModels(openServers(config, folder), config, written);
  const models: UnloadedModel[] = [];
  for (const model of named) {
    const unloaded = await unloadOne(context, model);
    if (unloaded !== undefined) models.push(unloaded);
  }
  if (models.length === 0) throw noSuchModel(written ?? '', named);
  const style = createStyle(context.terminal.colours);
  await printAnswer(context, { models }, () => models.map((each) => renderUnloaded(each, style)).join('\n'));
  return models.some(({ outcome }) => outcome === 'cannot') ? EXIT.attention : EXIT.ok;
}

/** A name that is no role is looked for on every server. */
function selectModels(
  servers: readonly RoleServer[],
  config: Config,
  written: string | undefined,
): NamedModel[] {
  const roles = readRoles(written ?? 'both');
  if (roles !== undefined) return listRoleModels(servers, config, roles);
  const name = requireModelName(written ?? '');
  return servers.map(({ backend }) => ({ backend, name }));
}

/** Undefined: this server does not have it. */
async function unloadOne(
  context: CommandContext,
  { backend, name: wanted }: NamedModel,
): Promise<UnloadedModel | undefined> {
  const { kind, label: server } = backend;
  const remedy = KEEPS_ITSELF[kind];
  if (backend.unload === undefined || remedy !== undefined) {
    const instead = remedy ?? 'Unload it with the tools of the server.';
    return { name: wanted, server, outcome: 'cannot', remedy: instead };
  }
  const installed = await backend.installed(context.signal);
  const model = installed.find((each) => isSameModel(kind, each.name, wanted));
  if (model === undefined) return undefined;
  const { name } = model;
  if (model.loaded === undefined) return { name, server, outcome: 'not-loaded', remedy: undefined };
  const what = `Unloading ${cleanLine(name)} from ${cleanLine(server)}`;
  await whileWaiting(context, what, async () => backend.unload?.(name, context.signal));
  return { name, server, outcome: 'unloaded', remedy: undefined };
}

/** What to do instead, for kinds that keep their model as long as they run. */
const KEEPS_ITSELF: Partial<Record<BackendKind, string>> = {
  'llama-server': 'llama-server keeps its model as long as it runs: stop it.',
  vllm: 'vLLM keeps its model as long as it runs: stop it.',
  openai: 'Unload it with the tools of the server.',
  embedded: 'A model file is freed when the process ends that runs it.',
};

function noSuchModel(written: string, named: readonly NamedModel[]): NexusError {
  const names = [...new Set(named.map(({ name }) => name))].join(', ');
  const servers = [...new Set(named.map(({ backend }) => backend.label))].join(' or ');
  return new NexusError({
    code: 'model-missing',
    message: `There is no model ${written === '' ? names : written} on ${servers}.`,
    remedy: 'nexus models list shows what is there.',
    exitCode: EXIT.model,
  });
}

function renderUnloaded({ name, server, outcome, remedy }: UnloadedModel, style: Style): string {
  const what = style.name(cleanLine(name));
  if (outcome === 'unloaded') return `${what} ${style.good('is unloaded')} from ${cleanLine(server)}`;
  if (outcome === 'not-loaded') return `${what} ${style.faint(`was not loaded on ${cleanLine(server)}`)}`;
  return `${what} ${style.warn('is not unloaded from here')}\n  → ${cleanLine(remedy ?? '')}`;
}
