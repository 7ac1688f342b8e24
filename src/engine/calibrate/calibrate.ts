import { createHash } from 'node:crypto';
import { extname } from 'node:path/posix';
import type { Config } from '../../config/schema.js';
import type { Templates } from '../../config/templates.js';
import { messageOf } from '../../errors.js';
import { promptTokensOf, type TokenBudget } from '../../models/budget.js';
import { isSameModel } from '../../models/names.js';
import type { Backend, InstalledModel, Model, Role } from '../../models/port.js';
import { createTokenMeter } from '../../models/token-estimate.js';
import type { MachineMemory } from '../../platform/machine-memory.js';
import { loadParsers } from '../../syntax/load-parsers.js';
import { NEXUS_VERSION } from '../../version.js';
import { CALIBRATION_VERSION, type Calibration, type EditResult, type PlanResult } from './calibration.js';
import { CALIBRATION_EDITS } from './edits/all.js';
import { findContextFacts } from './fit-context.js';
import { measureEdit, type Setting } from './measure-edit.js';
import { CALIBRATION_PLANS, measurePlan } from './measure-plan.js';
import { createMeasuringAsk } from './measuring-ask.js';
import { readCalibration, writeCalibration, type CalibrationKey } from './store.js';
import type { CalibratedFormat } from './formats.js';

export interface CalibrateInput {
  backend: Backend;
  /** Of each role to measure; the same content in all of them. */
  models: Partial<Record<Role, Model>>;
  key: CalibrationKey;
  config: Config;
  templates: Templates;
  formats: readonly CalibratedFormat[];
  /** Also what is measured already. */
  again: boolean;
  machine: MachineMemory;
  /** Whether the server is on this machine. */
  isHere: boolean;
  /** No question is begun once it is aborted. */
  signal: AbortSignal;
  /** Ends a question under way. */
  abort: AbortSignal;
  tell: CalibrateEvents;
}

export interface CalibrateEvents {
  /** What is about to be asked, and how many questions are left with it. Ends when `work` does. */
  during<T>(what: { role: Role; name: string; left: number }, work: () => Promise<T>): Promise<T>;
  answered(result: EditResult | PlanResult, left: number): void;
  /** For people: what is wrong with the kept file. */
  note(message: string): void;
}

/** One question to ask; `run` adds its result. */
interface Step {
  role: Role;
  name: string;
  isKept: boolean;
  run(): Promise<EditResult | PlanResult>;
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
    tell.answered(result, left - 1);
    await save();
  }
  // Only now the server shows how it has the model in memory.
  const loaded = await findInstalled(input);
  calibration.context = factsOf(input, loaded, calibration);
  if (steps.length > 0) await save();
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
  const basis = basisOf(input);
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

/** Edit by edit, each in all formats: what is there after an interruption compares them on the same edits. */
async function listSteps(input: CalibrateInput, { edits, plans }: Calibration): Promise<Step[]> {
  const { models, formats, config } = input;
  const { coder, overseer } = models;
  const steps: Step[] = [];
  if (coder !== undefined) {
    const setting = settingOf(input, coder);
    const parsers = await loadParsers(CALIBRATION_EDITS.map(({ path }) => path));
    for (const edit of CALIBRATION_EDITS) {
      for (const format of formats) {
        steps.push({
          role: 'coder',
          name: `${edit.id}, ${format}`,
          isKept: edits.some((each) => each.edit === edit.id && each.format === format),
          run: async () => measureEdit(edit, format, { ...setting, parsers }),
        });
      }
    }
  }
  if (overseer === undefined) return steps;
  const setting = { ...settingOf(input, overseer), maxSteps: config.limits.steps };
  const planSteps = CALIBRATION_PLANS.map((edit): Step => ({
    role: 'overseer',
    name: `${edit.id}, plan`,
    isKept: plans.some((each) => each.plan === edit.id),
    run: async () => measurePlan(edit, setting),
  }));
  return [...steps, ...planSteps];
}

function settingOf({ config, templates, signal, abort }: CalibrateInput, model: Model): Setting {
  const meter = createTokenMeter();
  const answerTokens = config[model.role].max_answer;
  const thinkingTokens = model.thinking?.maxTokens ?? 0;
  const budget: TokenBudget = {
    answerTokens,
    promptTokens: promptTokensOf(model.contextTokens, answerTokens + thinkingTokens),
    estimate: (text, path) => meter.estimate([{ text, extension: extname(path ?? '.txt').slice(1) }]),
  };
  return { measuring: createMeasuringAsk(model, { signal, abort }), templates, budget };
}

/** A disk that is full costs the figures for later runs, not this measurement. */
function createSave({ key, tell }: CalibrateInput, calibration: Calibration): () => Promise<void> {
  let isOff = false;
  return async () => {
    if (isOff) return;
    try {
      await writeCalibration(key.key, calibration);
    } catch (error) {
      isOff = true;
      tell.note(`The result can't be kept for later runs: ${messageOf(error)}`);
    }
  };
}

const PROMPTS = [
  'coder-system',
  'step',
  'format-whole-file',
  'format-named-declaration',
  'format-search-replace',
  'format-unified-diff',
  'overseer-system',
  'plan',
] as const;

function basisOf({ templates }: CalibrateInput): string {
  const edits = CALIBRATION_EDITS.map(({ places, ...edit }) => ({
    ...edit,
    places: places.map(({ old, right }) => [old, ...right.map(String)]),
  }));
  const basis = [NEXUS_VERSION, PROMPTS.map((name) => templates.fill(name)), edits];
  return createHash('sha256').update(JSON.stringify(basis)).digest('hex').slice(0, 16);
}
