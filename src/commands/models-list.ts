import { EXIT, NexusError, type ExitCode } from '../errors.js';
import type { Config } from '../config/schema.js';
import { eventErrorOf } from '../engine/event-error.js';
import type { EventError } from '../engine/events.js';
import { namesOf, usesModel } from '../engine/models.js';
import { ModelError } from '../models/model-error.js';
import { isSameModel, listsAll } from '../models/names.js';
import type { BackendKind, InstalledModel, Role } from '../models/port.js';
import { cleanLine } from '../report/clean-text.js';
import { renderBytes, renderDuration } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { renderTable, type Cell } from '../report/table.js';
import { printAnswer, type CommandContext } from './context.js';
import { howToGet, openServers, type RoleServer } from './servers.js';
import { loadSettings, requireTrustedServers } from './settings.js';

interface ListedModel extends InstalledModel {
  /** Roles of the configuration that use it, also in the place of another. */
  roles: Role[];
}

interface ServerModels {
  server: string;
  kind: BackendKind;
  version: string | undefined;
  models: ListedModel[];
  /** `remedy`: how this kind of server gets it. */
  missing: { role: Role; name: string; remedy: string }[];
  /** Why it could not be asked: nothing else is known of it. */
  error?: EventError;
}

/**
 * `nexus models list`: what the servers have, and what the roles would need. One that can't be asked keeps the others from
 * nothing.
 * @throws ModelError when it is the only one
 */
export async function listModels(context: CommandContext): Promise<ExitCode> {
  const { config, folder } = await openTrustedSettings(context.cwd);
  const opened = openServers(config, folder);
  const servers = await Promise.all(
    opened.map(async (server) =>
      askServer(server, config, context.signal).catch((error: unknown) => {
        if (!(error instanceof ModelError) || opened.length === 1) throw error;
        return describeAbsent(server, error);
      }),
    ),
  );
  await printAnswer(context, { servers }, () =>
    renderServers(servers, createStyle(context.terminal.colours), context.terminal.columns()),
  );
  if (servers.some(({ error }) => error !== undefined)) return EXIT.model;
  return servers.some(({ missing }) => missing.length > 0) ? EXIT.attention : EXIT.ok;
}

function describeAbsent({ backend }: RoleServer, error: ModelError): ServerModels {
  const { kind, label: server } = backend;
  return { server, kind, version: undefined, models: [], missing: [], error: eventErrorOf(error) };
}

/** The configuration around the user, once the user agreed to the addresses in it. */
export async function openTrustedSettings(cwd: string): Promise<{ config: Config; folder: string }> {
  const { config, folder, commonDir } = await loadSettings(cwd);
  if (commonDir !== undefined) await requireTrustedServers(commonDir, config);
  return { config, folder };
}

async function askServer(
  { backend, roles }: RoleServer,
  config: Config,
  signal: AbortSignal,
): Promise<ServerModels> {
  const [version, installed] = await Promise.all([backend.version(signal), backend.installed(signal)]);
  const usedBy = (name: string): Role[] => roles.filter((role) => usesModel(config, role, name));
  return {
    server: backend.label,
    kind: backend.kind,
    version,
    models: installed.map((model) => ({ ...model, roles: usedBy(model.name) })),
    missing: roles
      .flatMap((role) =>
        namesOf(config, role).map((name) => ({ role, name, remedy: howToGet(backend, name) })),
      )
      .filter(
        ({ name }) =>
          listsAll(backend.kind) && !installed.some((model) => isSameModel(backend.kind, model.name, name)),
      ),
  };
}

async function renderServers(
  servers: readonly ServerModels[],
  style: Style,
  columns: number | undefined,
): Promise<string> {
  const parts = await Promise.all(servers.map(async (server) => renderServer(server, style, columns)));
  return parts.join('\n\n');
}

async function renderServer(
  { server, version, models, missing, error }: ServerModels,
  style: Style,
  columns: number | undefined,
): Promise<string> {
  if (error !== undefined) {
    return [
      style.strong(cleanLine(server)),
      style.bad(cleanLine(error.message)),
      ...(error.remedy === undefined ? [] : [`  → ${cleanLine(error.remedy)}`]),
    ].join('\n');
  }
  const rows = [header(style), ...models.map((model) => row(model, style))];
  return [
    `${style.strong(cleanLine(server))}${version === undefined ? '' : ` ${style.faint(`(version ${cleanLine(version)})`)}`}`,
    models.length === 0 ? 'It has no models yet.' : await renderTable(rows, columns),
    ...missing.map(
      ({ role, name, remedy }) =>
        `${style.warn(`the ${role}'s model ${cleanLine(name)} is missing`)}\n  → ${cleanLine(remedy)}`,
    ),
  ].join('\n');
}

function header(style: Style): Cell[] {
  return ['NAME', 'SIZE', 'PARAMETERS', 'CONTEXT', 'LOADED', 'ROLE'].map((text) => ({
    text,
    paint: style.faint,
  }));
}

function row(model: ListedModel, style: Style): Cell[] {
  return [
    { text: model.name },
    { text: model.sizeBytes === undefined ? '?' : renderBytes(model.sizeBytes) },
    { text: [model.parameters, model.quantisation].filter((part) => part !== undefined).join(' ') || '?' },
    { text: String(model.contextTokens ?? '?') },
    { text: describeLoaded(model, Date.now()) },
    { text: model.roles.join(', '), paint: style.good },
  ];
}

/** `context 16384, 50 % GPU, 50 % CPU, drops in 28 min 03 s`. @param now in ms since 1970 */
export function describeLoaded({ loaded }: Pick<InstalledModel, 'loaded'>, now: number): string {
  if (loaded === undefined) return '-';
  const parts = [`context ${loaded.contextTokens ?? '?'}`];
  if (loaded.gpuShare !== undefined) {
    const gpu = Math.round(loaded.gpuShare * 100);
    if (gpu > 0) parts.push(`${gpu} % GPU`);
    if (gpu < 100) parts.push(`${100 - gpu} % CPU`);
  }
  if (loaded.expiresAt !== undefined) {
    parts.push(`drops in ${renderDuration(Math.max(0, Date.parse(loaded.expiresAt) - now))}`);
  }
  return parts.join(', ');
}

/** For commands that name a model by hand. @throws NexusError `usage` */
export function requireModelName(name: string): string {
  if (name.trim() !== '' && !/[\p{Cc}\s]/u.test(name)) return name;
  throw new NexusError({
    code: 'usage',
    message: 'That is not the name of a model.',
    remedy: 'Write it as the server does, such as qwen2.5-coder:7b.',
    exitCode: EXIT.usage,
  });
}
