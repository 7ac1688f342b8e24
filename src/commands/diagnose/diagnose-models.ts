import type { Config } from '../../config/schema.js';
import { isOneModel } from '../../engine/models.js';
import { isSameModel } from '../../models/ollama/names.js';
import { isTooOld } from '../../models/ollama/backend.js';
import type { InstalledModel, Role } from '../../models/port.js';
import { openServers, type RoleServer } from '../servers.js';
import { look, type Finding } from './finding.js';

/** Whether the servers answer and have what the roles need. */
export async function diagnoseModels(config: Config, signal: AbortSignal): Promise<Finding[]> {
  return look('server', async () => {
    const groups = await Promise.all(
      openServers(config).map(async (server) =>
        look('server', async () => diagnoseServer(server, config, signal)),
      ),
    );
    return groups.flat();
  });
}

async function diagnoseServer(
  { backend, roles }: RoleServer,
  config: Config,
  signal: AbortSignal,
): Promise<Finding[]> {
  const version = await backend.version(signal);
  const server: Finding = isTooOld(version)
    ? {
        check: 'server',
        level: 'fail',
        message: `${backend.label} is version ${version}, which cuts long prompts in silence.`,
        remedy: 'Update Ollama to 0.12.4 or newer: https://ollama.com/download',
      }
    : { check: 'server', level: 'ok', message: `${backend.label} answers, version ${version}.` };
  const installed = await backend.installed(signal);
  return [server, ...roles.flatMap((role) => diagnoseRole(role, effectiveRole(config, role), installed))];
}

/** One model in both roles is loaded with the larger of the two contexts. */
function effectiveRole(config: Config, role: Role): { model: string; context: number } {
  const { model, context } = config[role];
  const both = Math.max(config.overseer.context, config.coder.context);
  return { model, context: isOneModel(config) ? both : context };
}

function diagnoseRole(
  role: Role,
  { model: name, context }: { model: string; context: number },
  installed: readonly InstalledModel[],
): Finding[] {
  const check = `${role}-model`;
  const model = installed.find((each) => isSameModel(each.name, name));
  if (model === undefined) {
    return [
      {
        check,
        level: 'fail',
        message: `The ${role}'s model ${name} is not on the server.`,
        remedy: `nexus models pull ${name}`,
      },
    ];
  }
  const limit = model.contextTokens;
  if (limit !== undefined && context > limit) {
    return [
      {
        check,
        level: 'fail',
        message: `The ${role}'s context of ${context} tokens is more than ${name} was made for (${limit}).`,
        remedy: `Write \`context: ${limit}\` under \`${role}:\` in .nexus.yml, or less.`,
      },
    ];
  }
  return [
    { check, level: 'ok', message: `The ${role}'s model ${name} is there; context ${context} tokens.` },
    ...diagnoseLoaded(role, context, model),
  ];
}

/** A model that somebody loaded with another context is loaded again, which costs a minute, not the run. */
function diagnoseLoaded(role: Role, context: number, { name, loaded }: InstalledModel): Finding[] {
  if (loaded?.contextTokens === undefined || loaded.contextTokens === context) return [];
  return [
    {
      check: `${role}-loaded`,
      level: 'warn',
      message:
        `${name} is loaded now with a context of ${loaded.contextTokens} tokens, not ${context}: ` +
        'the next run loads it again.',
      remedy: 'Nothing to do, unless another program uses it at the same time.',
    },
  ];
}
