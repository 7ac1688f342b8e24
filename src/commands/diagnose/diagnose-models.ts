import type { Config } from '../../config/schema.js';
import { isSameModel, listsAll } from '../../models/names.js';
import { ADVICE } from '../../models/advice.js';
import { isTooOld } from '../../models/ollama/backend.js';
import type { Backend, InstalledModel, Role } from '../../models/port.js';
import { howToGet, openServers, type RoleServer } from '../servers.js';
import { diagnoseCalibration } from './diagnose-calibration.js';
import { diagnoseMemory, effectiveRole, type AskedServer } from './diagnose-memory.js';
import { diagnoseThinking } from './diagnose-thinking.js';
import { look, type Finding } from './finding.js';

/** Whether the servers answer and have what the roles need. */
export async function diagnoseModels(
  config: Config,
  folder: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  return look('server', async () => {
    const asked: AskedServer[] = [];
    const groups = await Promise.all(
      openServers(config, folder).map(async (server) =>
        look('server', async () => diagnoseServer(server, config, { signal, asked })),
      ),
    );
    return [...groups.flat(), ...(await diagnoseMemory(config, asked))];
  });
}

async function diagnoseServer(
  { backend, roles }: RoleServer,
  config: Config,
  { signal, asked }: { signal: AbortSignal; asked: AskedServer[] },
): Promise<Finding[]> {
  const server = describeServer(backend, await backend.version(signal));
  const installed = await backend.installed(signal);
  asked.push({ roles, kind: backend.kind, installed });
  return [
    server,
    ...(await diagnoseRoom(backend, roles, config, signal)),
    ...(await diagnoseThinking(backend, roles, config, signal)),
    ...roles.flatMap((role) => diagnoseRole(role, config, { backend, installed })),
    ...(await diagnoseCalibration({ backend, installed }, roles, config, signal)),
    ...roles.flatMap((role) => diagnoseFallbacks(role, config[role].fallbacks, { backend, installed })),
  ];
}

/** Two models on a server that keeps one: each change of role throws the other out. */
async function diagnoseRoom(
  backend: Backend,
  roles: readonly Role[],
  config: Config,
  signal: AbortSignal,
): Promise<Finding[]> {
  const names = new Set(roles.map((role) => config[role].model));
  const room = await backend.mostLoaded?.(signal);
  if (room === undefined || names.size <= room) return [];
  return [
    {
      check: 'loaded-models',
      level: 'warn',
      message: `${backend.label} keeps ${room} model in memory, and the roles use ${names.size}: each is loaded again when its turn comes.`,
      remedy: ADVICE[backend.kind].room ?? 'Use one model for both roles.',
    },
  ];
}

function describeServer({ kind, label }: Backend, version: string | undefined): Finding {
  const check = 'server';
  if (version === undefined) return { check, level: 'ok', message: `${label} answers.` };
  if (kind === 'ollama' && isTooOld(version)) {
    return {
      check,
      level: 'fail',
      message: `${label} is version ${version}, which cuts long prompts in silence.`,
      remedy: 'Update Ollama to 0.12.4 or newer: https://ollama.com/download',
    };
  }
  return { check, level: 'ok', message: `${label} answers, version ${version}.` };
}

function diagnoseRole(
  role: Role,
  config: Config,
  { backend, installed }: { backend: Backend; installed: readonly InstalledModel[] },
): Finding[] {
  const check = `${role}-model`;
  const { model: name, context } = effectiveRole(config, role);
  const model = installed.find((each) => isSameModel(backend.kind, each.name, name));
  if (model === undefined && !listsAll(backend.kind)) {
    return [
      {
        check,
        level: 'warn',
        message: `The server does not list the ${role}'s model ${name}; the first request will show whether it has it.`,
        remedy: howToGet(backend, name),
      },
    ];
  }
  if (model === undefined) {
    return [
      {
        check,
        level: config[role].fallbacks.some((each) => isThere(each, { backend, installed })) ? 'warn' : 'fail',
        message:
          backend.kind === 'embedded'
            ? `The ${role}'s model file ${name} is not there, or is no GGUF file.`
            : `The ${role}'s model ${name} is not on the server.`,
        remedy: howToGet(backend, name),
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
    ...diagnoseLoaded(role, context, model, backend),
  ];
}

/** Those that take the place of the role's first model. */
function diagnoseFallbacks(
  role: Role,
  names: readonly string[],
  { backend, installed }: { backend: Backend; installed: readonly InstalledModel[] },
): Finding[] {
  return names.map((name) => {
    const check = `${role}-fallback`;
    if (isThere(name, { backend, installed })) {
      return { check, level: 'ok', message: `${name} is there to take the place of the ${role}'s model.` };
    }
    const message = listsAll(backend.kind)
      ? `${name}, which is to take the place of the ${role}'s model, is not on the server.`
      : `The server does not list ${name}, which is to take the place of the ${role}'s model.`;
    return { check, level: 'warn', message, remedy: howToGet(backend, name) };
  });
}

function isThere(
  name: string,
  { backend, installed }: { backend: Backend; installed: readonly InstalledModel[] },
): boolean {
  return installed.some((each) => isSameModel(backend.kind, each.name, name));
}

/**
 * A model that somebody loaded with another context. Ollama loads it again, which costs a minute, not the run; other
 * servers keep what they have, and a smaller context ends the run.
 */
function diagnoseLoaded(
  role: Role,
  context: number,
  { name, loaded }: InstalledModel,
  { kind }: Backend,
): Finding[] {
  const now = loaded?.contextTokens;
  if (now === undefined || now === context) return [];
  const check = `${role}-loaded`;
  if (kind === 'ollama') {
    return [
      {
        check,
        level: 'warn',
        message: `${name} is loaded now with a context of ${now} tokens, not ${context}: the next run loads it again.`,
        remedy: 'Nothing to do, unless another program uses it at the same time.',
      },
    ];
  }
  if (now > context) return [];
  return [
    {
      check,
      level: 'fail',
      message: `${name} is loaded with a context of ${now} tokens; the ${role} is configured for ${context}.`,
      remedy: ADVICE[kind].enlarge(name, context),
    },
  ];
}
