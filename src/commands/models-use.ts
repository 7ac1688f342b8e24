import { planConfigChange } from '../config/change-config.js';
import { setRoleModel } from '../config/edit-config.js';
import { CONFIG_FILE } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { QUESTION_LIMITS } from '../models/limits.js';
import { isSameModel, listsAll } from '../models/names.js';
import type { Backend, InstalledModel, Role } from '../models/port.js';
import { openRepository } from '../repository/open.js';
import { cleanLine } from '../report/clean-text.js';
import { createStyle, type Style } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import { requireModelName } from './models-list.js';
import { requireRoles } from './role-argument.js';
import { howToGet, openServers, type RoleServer } from './servers.js';
import { requireTrustedServers } from './settings.js';

interface UsedModel {
  role: Role;
  before: string;
  model: string;
  /** Whether its server has it; null: not known. */
  there: boolean | null;
}

interface UseResult {
  file: string;
  /** False: it said so already. */
  changed: boolean;
  roles: UsedModel[];
  warnings: Warning[];
}

interface Warning {
  message: string;
  remedy: string | null;
}

/** `nexus models use ROLE MODEL`: names the model of a role in `.nexus.yml`; works without a server, too. */
export async function useModel(
  context: CommandContext,
  writtenRole: string,
  writtenName: string,
): Promise<ExitCode> {
  const roles = requireRoles(writtenRole, 'nexus models use overseer|coder|both MODEL');
  const { root, commonDir } = await openRepository(context.cwd);
  const change = await planConfigChange(root, (text) =>
    roles.reduce((changed, role) => setRoleModel(changed, role, writtenName), text),
  );
  for (const role of roles) requireName(change.after, role);
  const servers = openServers(change.after, root).filter((server) =>
    server.roles.some((role) => roles.includes(role)),
  );
  refuseCloudNames(servers, roles, writtenName);
  const changed = await change.write();
  const used = roles.map((role): UsedModel => ({
    role,
    before: change.before[role].model,
    model: change.after[role].model,
    there: null,
  }));
  const warnings = await lookForModels(used, servers, { ...context, config: change.after, commonDir });
  const result: UseResult = { file: CONFIG_FILE, changed, roles: used, warnings };
  await printAnswer(context, result, () => renderUse(result, createStyle(context.terminal.colours)));
  return EXIT.ok;
}

/** A model file may have blanks in its path, a name on a server has none. */
function requireName(config: Config, role: Role): void {
  const { backend, model } = config[role];
  if (backend !== 'embedded') requireModelName(model);
  else requireModelName(model.replaceAll(' ', '_'));
}

/** @throws ModelError `refused-model` for a model that runs elsewhere */
function refuseCloudNames(servers: readonly RoleServer[], roles: readonly Role[], name: string): void {
  for (const { backend, roles: served } of servers) {
    const role = served.find((each) => roles.includes(each));
    if (role !== undefined) backend.model({ role, name, contextTokens: 2048, limits: QUESTION_LIMITS });
  }
}

/** Fills `there`; what a person should know besides comes back. A server that cannot be asked is no failure. */
async function lookForModels(
  used: readonly UsedModel[],
  servers: readonly RoleServer[],
  { commonDir, config, signal }: { commonDir: string; config: Config; signal: AbortSignal },
): Promise<Warning[]> {
  try {
    await requireTrustedServers(commonDir, config);
    const groups: Warning[] = [];
    for (const { backend, roles } of servers) {
      const installed = await backend.installed(signal);
      for (const each of used.filter(({ role }) => roles.includes(role))) {
        groups.push(...judge(each, config, { backend, installed }));
      }
    }
    const byMessage = new Map(groups.map((warning) => [warning.message, warning]));
    return [...byMessage.values()];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NexusError)) throw error;
    const message = `Whether the model is there is not known. ${error.message}`;
    return [{ message, remedy: error.remedy ?? null }];
  }
}

function judge(
  used: UsedModel,
  config: Config,
  { backend, installed }: { backend: Backend; installed: readonly InstalledModel[] },
): Warning[] {
  const { role, model: name } = used;
  const model = installed.find((each) => isSameModel(backend.kind, each.name, name));
  used.there = model !== undefined || (listsAll(backend.kind) ? false : null);
  if (used.there === false) {
    return [{ message: `${backend.label} does not have ${name}.`, remedy: howToGet(backend, name) }];
  }
  const limit = model?.contextTokens;
  const { context } = config[role];
  if (limit === undefined || context <= limit) return [];
  return [
    {
      message: `${name} was made for ${limit} tokens; the ${role}'s context is ${context}.`,
      remedy: `Write \`context: ${limit}\` under \`${role}:\` in ${CONFIG_FILE}, or less.`,
    },
  ];
}

function renderUse({ file, changed, roles, warnings }: UseResult, style: Style): string {
  const lines = roles.map(({ role, before, model, there }) => {
    const what =
      before === model
        ? `${style.name(cleanLine(model))} as before`
        : `${cleanLine(before)} → ${style.name(cleanLine(model))}`;
    return `${role}: ${what}${there === true ? style.faint(' (it is there)') : ''}`;
  });
  lines.push(changed ? `${style.good('wrote')} ${file}` : style.faint(`${file} says so already`));
  for (const { message, remedy } of warnings) {
    lines.push(`${style.warn('warning')}: ${cleanLine(message)}`);
    if (remedy !== null) lines.push(`  → ${cleanLine(remedy)}`);
  }
  return lines.join('\n');
}
