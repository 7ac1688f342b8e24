import type { Config } from '../config/schema.js';
import { addressesOf } from '../engine/models.js';
import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { isLoopbackHost } from '../models/address.js';
import { isSameModel } from '../models/names.js';
import type { BackendKind, InstalledModel, Role } from '../models/port.js';
import { recommendModels, type Proposal, type RoleChoice } from '../models/recommend/recommend.js';
import type { Room } from '../models/recommend/room.js';
import { readMachineMemory, type MachineMemory } from '../platform/machine-memory.js';
import { cleanLine } from '../report/clean-text.js';
import { renderBytes } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { renderTable, type Cell } from '../report/table.js';
import { printAnswer, type CommandContext } from './context.js';
import { openTrustedSettings } from './models-list.js';
import { openServers } from './servers.js';

/** A proposal with what has to be typed to take it. */
interface Advice extends Proposal {
  steps: string[];
}

interface RecommendResult {
  machine: MachineMemory;
  room: Room;
  best: Advice;
  /** The best without a download, where that is something else and still of use. */
  installed: Advice | null;
  notes: string[];
}

const ROLES: readonly Role[] = ['overseer', 'coder'];
/** Half of a context is tried only down to this, in tokens. */
const SMALLEST_CONTEXT = 8192;

/** `nexus models recommend`: models, quantisations and contexts for this machine, with the sum of their memory. */
export async function recommend(context: CommandContext): Promise<ExitCode> {
  const { config, folder } = await openTrustedSettings(context.cwd);
  const [machine, { installed, notes }] = await Promise.all([
    readMachineMemory(),
    askServers(config, folder, context.signal),
  ]);
  const {
    room,
    best,
    installed: own,
  } = recommendModels({
    machine,
    installed,
    contexts: { overseer: contextsFor(config, 'overseer'), coder: contextsFor(config, 'coder') },
  });
  const result: RecommendResult = {
    machine,
    room,
    best: { ...best, steps: listSteps(best, config) },
    installed: own === undefined ? null : { ...own, steps: listSteps(own, config) },
    notes: [...describeLimits(machine, room), ...describeServers(config), ...notes],
  };
  const { terminal } = context;
  const style = createStyle(terminal.colours);
  await printAnswer(context, result, async () => renderResult(result, style, terminal.columns()));
  return EXIT.ok;
}

/** A server that cannot be asked is no reason not to advise. */
async function askServers(
  config: Config,
  folder: string,
  signal: AbortSignal,
): Promise<{ installed: InstalledModel[]; notes: string[] }> {
  const installed: InstalledModel[] = [];
  const notes: string[] = [];
  for (const { backend } of openServers(config, folder)) {
    try {
      installed.push(...(await backend.installed(signal)));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof NexusError)) throw error;
      notes.push(`What is installed is not known. ${error.message}`);
    }
  }
  return { installed, notes };
}

/** The configured context, and the half of a large one. */
function contextsFor(config: Config, role: Role): number[] {
  const { context } = config[role];
  const half = Math.floor(context / 2);
  return half >= SMALLEST_CONTEXT ? [context, half] : [context];
}

/** Roles with the same model on the same kind of server. */
function groupRoles(
  proposal: Proposal,
  config: Config,
): { roles: Role[]; kind: BackendKind; choice: RoleChoice }[] {
  const groups = ROLES.map((role) => ({ roles: [role], kind: config[role].backend, choice: proposal[role] }));
  const [one, other] = groups;
  if (one === undefined || other === undefined) return groups;
  const isSame = one.kind === other.kind && one.choice.model === other.choice.model;
  return isSame ? [{ ...other, roles: [...ROLES] }] : groups;
}

/** Names are those of Ollama's library: other servers call a model that they do not have yet as they like. */
function listSteps(proposal: Proposal, config: Config): string[] {
  const steps = groupRoles(proposal, config).flatMap(({ roles, kind, choice }) => {
    const { model, quantisation, installed } = choice;
    const changed = roles.filter((role) => !isSameModel(kind, config[role].model, model));
    const target = changed.length === 2 ? 'both' : changed[0];
    const use = target === undefined ? [] : [`nexus models use ${target} ${model}`];
    if (installed) return use;
    if (kind === 'ollama') return [`nexus models pull ${model}`, ...use];
    const what = `${model} (${quantisation})`;
    const role = roles.length === 2 ? 'both' : roles[0];
    return kind === 'embedded'
      ? [`Get a GGUF file of ${what}, then: nexus models use ${role} PATH`]
      : [`Get ${what} onto the server, then with its name there: nexus models use ${role} NAME`];
  });
  const contexts = ROLES.filter((role) => config[role].context !== proposal[role].contextTokens).map(
    (role) => `Write \`context: ${proposal[role].contextTokens}\` under \`${role}:\` in .nexus.yml.`,
  );
  return [...steps, ...contexts];
}

function describeLimits({ graphics }: MachineMemory, room: Room): string[] {
  if (graphics.kind === 'unknown') {
    return ['Whether there is a graphics card could not be found out; with one, larger models may run fast.'];
  }
  if (graphics.kind === 'cards' && room.where === 'processor') {
    return ['The graphics card is too small for a whole model: most of it runs on the processor.'];
  }
  return [];
}

function describeServers(config: Config): string[] {
  const away = ROLES.filter((role) =>
    addressesOf(config, role).some(({ hostname }) => !isLoopbackHost(hostname)),
  );
  return away.map(
    (role) => `The ${role}'s server is on another machine, and these figures are those of this one.`,
  );
}

async function renderResult(
  { machine, room, best, installed, notes }: RecommendResult,
  style: Style,
  columns: number | undefined,
): Promise<string> {
  const lines = [
    `This machine: ${renderBytes(machine.ramBytes)} of memory, ${describeGraphics(machine)}`,
    `For models: ${renderBytes(room.bytes)} (${room.because})`,
    '',
    ...(await renderAdvice('Recommended', best, style, columns)),
  ];
  if (installed !== null) {
    lines.push('', ...(await renderAdvice('Without a download', installed, style, columns)));
  }
  for (const note of notes) lines.push('', `${style.warn('note')}: ${cleanLine(note)}`);
  return lines.join('\n');
}

function describeGraphics({ graphics }: MachineMemory): string {
  switch (graphics.kind) {
    case 'unified':
      return 'which the graphics share';
    case 'none':
      return 'no graphics card for models';
    case 'unknown':
      return 'graphics unknown';
    case 'cards':
      return graphics.cards
        .map(({ name, bytes }) => `${cleanLine(name)} with ${renderBytes(bytes)}`)
        .join(', ');
  }
}

async function renderAdvice(
  title: string,
  advice: Advice,
  style: Style,
  columns: number | undefined,
): Promise<string[]> {
  const rows = [
    ['ROLE', 'MODEL', 'QUANTISATION', 'CONTEXT', ''].map((text): Cell => ({ text, paint: style.faint })),
    ...ROLES.map((role) => renderRow(role, advice[role], style)),
  ];
  const sums = advice.memory.map((sum) => {
    const [weights, cache, work] = [sum.weightsBytes, sum.cacheBytes, sum.workBytes].map(renderBytes);
    const guess = sum.isEstimate ? ', an estimate' : '';
    return `  ${cleanLine(sum.model)}: ${weights} weights + ${cache} context (${sum.contextTokens} tokens${guess}) + ${work} work = ${renderBytes(sum.totalBytes)}`;
  });
  const total = advice.memory.length > 1 ? [`  together ${renderBytes(advice.totalBytes)}`] : [];
  const steps =
    advice.steps.length === 0
      ? [style.good('That is what is configured.')]
      : ['To take it:', ...advice.steps.map((step) => `  ${style.name(cleanLine(step))}`)];
  return [
    `${style.strong(title)}: ${advice.because}.`,
    await renderTable(rows, columns),
    'Memory:',
    ...sums,
    ...total,
    ...steps,
  ];
}

function renderRow(role: Role, choice: RoleChoice, style: Style): Cell[] {
  const remarks = [choice.installed ? 'installed' : 'to download', ...(choice.thinks ? ['can think'] : [])];
  return [
    { text: role },
    { text: choice.model, paint: style.name },
    { text: choice.quantisation },
    { text: String(choice.contextTokens) },
    { text: remarks.join(', '), paint: choice.installed ? style.good : style.faint },
  ];
}
