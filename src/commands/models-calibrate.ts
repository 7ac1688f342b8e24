import { loadTemplates } from '../config/templates.js';
import { calibrateModel, type CalibrateEvents } from '../engine/calibrate/calibrate.js';
import { CALIBRATED_FORMATS, type CalibratedFormat } from '../engine/calibrate/formats.js';
import { calibrationKey, type CalibrationKey } from '../engine/calibrate/store.js';
import { addressesOf, createBackends, createModels } from '../engine/models.js';
import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { isLoopbackHost } from '../models/address.js';
import { withoutFolders } from '../models/names.js';
import type { Backend, Model, Role } from '../models/port.js';
import { readMachineMemory } from '../platform/machine-memory.js';
import { createStyle } from '../report/style.js';
import { calibrateDocument, type MeasuredModel } from './calibrate-document.js';
import { openProgress } from './calibrate-progress.js';
import { renderMeasured } from './calibrate-view.js';
import { printAnswer, type CommandContext } from './context.js';
import { requireRoles } from './role-argument.js';
import { loadSettings, requireTrustedServers } from './settings.js';

export interface CalibrateFlags {
  role?: string | undefined;
  formats?: readonly CalibratedFormat[] | undefined;
  again?: boolean | undefined;
}

/** One model to measure, for one role or both. */
interface Target {
  backend: Backend;
  models: Partial<Record<Role, Model>>;
  key: CalibrationKey;
  isHere: boolean;
}

/** `nexus models calibrate`: a dozen small edits in each format, and a few plans, asked of the models of the roles. */
export async function calibrate(context: CommandContext, flags: CalibrateFlags): Promise<ExitCode> {
  const roles = requireRoles(flags.role ?? 'both', 'nexus models calibrate --role overseer|coder|both');
  const { config, folder, commonDir } = await loadSettings(context.cwd);
  const templates = await loadTemplates(commonDir === undefined ? undefined : folder);
  if (commonDir !== undefined) await requireTrustedServers(commonDir, config, templates.overrides);
  const backends = createBackends(config, { folder });
  const all = createModels(config, backends);
  const isHere = (role: Role): boolean =>
    addressesOf(config, role).every(({ hostname }) => isLoopbackHost(hostname));
  const targets = await listTargets(
    // The Coder first: its questions are many, and what comes after them is quick.
    roles
      .toReversed()
      .map((role) => ({ backend: backends[role], model: all[role].current, isHere: isHere(role) })),
    context.signal,
  );
  const machine = await readMachineMemory();
  const measured: MeasuredModel[] = [];
  const progress = await openProgress(context);
  try {
    for (const target of targets) {
      const name = withoutFolders(Object.values(target.models)[0]?.name ?? '');
      const tell: CalibrateEvents = progress.model(name);
      const calibration = await calibrateModel({
        ...target,
        config,
        templates,
        formats: flags.formats ?? CALIBRATED_FORMATS,
        again: flags.again === true,
        machine,
        signal: context.signal,
        abort: context.abort,
        tell,
      });
      measured.push({ roles: rolesOf(target), isHere: target.isHere, calibration });
    }
  } catch (error) {
    if (context.signal.aborted) throw interrupted(progress.kept());
    if (progress.kept() > 0) context.terminal.err(`${kept(progress.kept())} ${GO_ON}`);
    throw error;
  } finally {
    progress.end();
  }
  const { terminal } = context;
  const style = createStyle(terminal.colours);
  await printAnswer(context, calibrateDocument(measured, machine, context.version), async () => {
    const parts = await Promise.all(
      measured.map(async (model) => renderMeasured(model, style, terminal.columns())),
    );
    return `\n${parts.join('\n\n')}\n${style.faint(AFTER)}`;
  });
  return EXIT.ok;
}

const AFTER =
  'It is kept: runs go by it. For a bug report: nexus models calibrate --json. To measure anew: --again';
const GO_ON = 'nexus models calibrate goes on from there.';

/** One model of both roles is measured once. */
async function listTargets(
  wanted: readonly { backend: Backend; model: Model; isHere: boolean }[],
  signal: AbortSignal,
): Promise<Target[]> {
  const targets: Target[] = [];
  for (const { backend, model, isHere } of wanted) {
    const key = await calibrationKey(backend, model, signal);
    const same = targets.find((each) => each.key.key === key.key && each.backend === backend);
    if (same === undefined) targets.push({ backend, models: { [model.role]: model }, key, isHere });
    else same.models[model.role] = model;
  }
  return targets;
}

function rolesOf({ models }: Target): Role[] {
  return (['overseer', 'coder'] as const).filter((role) => models[role] !== undefined);
}

function kept(answers: number): string {
  return answers === 1 ? 'The one answer so far is kept.' : `The ${answers} answers so far are kept.`;
}

function interrupted(answers: number): NexusError {
  return new NexusError({
    code: 'interrupted',
    message: answers === 0 ? 'Interrupted: nothing new is kept.' : `Interrupted. ${kept(answers)}`,
    remedy: answers === 0 ? undefined : GO_ON,
    exitCode: EXIT.interrupted,
  });
}
