import { messageOf } from '../../errors.js';
import { isSameModel } from '../../models/names.js';
import type { Backend, InstalledModel, Role } from '../../models/port.js';
import type { MachineMemory } from '../../platform/machine-memory.js';
import { NEXUS_VERSION } from '../../version.js';
import { CALIBRATION_VERSION, type Calibration, type EditResult, type PlanResult } from './calibration.js';
import { findContextFacts } from './fit-context.js';
import { basisOf, listSteps, type Questioning } from './questions.js';
import { readCalibration, writeCalibration, type CalibrationKey } from './store.js';

/** The models of all roles to measure have the same content, which `key` names. */
export interface CalibrateInput extends Questioning {
  backend: Backend;
  key: CalibrationKey;
  /** Also what is measured already. */
  again: boolean;
  machine: MachineMemory;
  /** Whether the server is on this machine. */
  isHere: boolean;
  tell: CalibrateEvents;
}

export interface CalibrateEvents {
  /** What is about to be asked, and how many questions are left with it. Ends when `work` does. */
  during<T>(what: { role: Role; name: string; left: number }, work: () => Promise<T>): Promise<T>;
  /** `isKept`: the file has it. */
  answered(result: EditResult | PlanResult, rest: { left: number; isKept: boolean }): void;
  /** For people: what is wrong with the kept file. */
  note(message: string): void;
}

/**
 * Measures one model: edits with the Coder's questions, plans with the Overseer's. Every answer is kept before the next
 * question; what is kept of the same model, prompts and version is not asked again.
 * @throws ModelError; the reasons of the signals
 */
export async function calibrateModel(input: CalibrateInput): Promise<Calibration> {
  const { backend, key, signal, tell } = input;
  const kept = await readCalibration(key.key);
  if (kept.problem !== undefined) tell.note(kept.problem);
  const version = await backend.version(signal);
  const installed = await findInstalled(input);
  const calibration = begin(input, kept.calibration, { version, installed });
  const save = createSave(input, calibration);
  const steps = (await listSteps(input, calibration)).filter(({ isKept }) => !isKept);
  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted();
    const left = steps.length - index;
    const result = await tell.during({ role: step.role, name: step.name, left }, async () => step.run());
    if ('edit' in result) calibration.edits.push(result);
    else calibration.plans.push(result);
    calibration.measuredAt = new Date().toISOString();
    calibration.context = factsOf(input, installed, calibration);
    tell.answered(result, { left: left - 1, isKept: await save() });
  }
  // Only now the server shows how it has the model in memory.
  const loaded = await findInstalled(input);
  calibration.context = factsOf(input, loaded, calibration);
  await save();
  return calibration;
}

function begin(
  input: CalibrateInput,
  kept: Calibration | undefined,
  { version, installed }: { version: string | undefined; installed: InstalledModel | undefined },
): Calibration {
  const { backend, key, models, formats, again } = input;
  const model = models.coder ?? models.overseer;
  if (model === undefined) throw new Error('unreachable: a model is measured for a role');
  const basis = basisOf(input.templates);
  const isSame = kept?.basis === basis;
  // What is measured anew counts no more, even if this is broken off.
  const isStale = (role: Role): boolean => again && models[role] !== undefined;
  const earlier = {
    edits: (isSame ? kept.edits : []).filter(({ format }) => !(isStale('coder') && formats.includes(format))),
    plans: isSame && !isStale('overseer') ? kept.plans : [],
  };
  const { parameters, quantisation, sizeBytes } = installed ?? {};
  return {
    v: CALIBRATION_VERSION,
    basis,
    nexus: NEXUS_VERSION,
    measuredAt: isSame ? kept.measuredAt : new Date().toISOString(),
    backend: { kind: backend.kind, version },
    model: { name: model.name, digest: key.digest, parameters, quantisation, sizeBytes },
    think: model.thinking?.mode ?? 'off',
    ...earlier,
    context: factsOf(input, installed, earlier),
  };
}

function factsOf(
  { models, machine, isHere }: CalibrateInput,
  installed: InstalledModel | undefined,
  { edits, plans }: Pick<Calibration, 'edits' | 'plans'>,
): Calibration['context'] {
  const configured = Math.max(...Object.values(models).map(({ contextTokens }) => contextTokens));
  const lengths = [...edits, ...plans].map(
    ({ promptTokens, answerTokens }) => (promptTokens ?? 0) + (answerTokens ?? 0),
  );
  return findContextFacts({ installed, configured, machine, isHere, tried: Math.max(0, ...lengths) });
}

async function findInstalled({
  backend,
  models,
  signal,
}: CalibrateInput): Promise<InstalledModel | undefined> {
  const names = Object.values(models).map(({ name }) => name);
  const installed = await backend.installed(signal);
  return installed.find((each) => names.some((name) => isSameModel(backend.kind, each.name, name)));
}

/** Returns whether it is kept. A disk that is full costs the figures for later runs, not this measurement. */
function createSave({ key, tell }: CalibrateInput, calibration: Calibration): () => Promise<boolean> {
  let isOff = false;
  return async () => {
    if (isOff) return false;
    try {
      await writeCalibration(key.key, calibration);
      return true;
    } catch (error) {
      isOff = true;
      tell.note(`The result can't be kept for later runs: ${messageOf(error)}`);
      return false;
    }
  };
}
