import { createHash } from 'node:crypto';
import { extname } from 'node:path/posix';
import type { Config } from '../../config/schema.js';
import type { Templates } from '../../config/templates.js';
import { promptTokensOf, type TokenBudget } from '../../models/budget.js';
import type { Model, Role } from '../../models/port.js';
import { createTokenMeter } from '../../models/token-estimate.js';
import { loadParsers } from '../../syntax/load-parsers.js';
import { NEXUS_VERSION } from '../../version.js';
import type { Calibration, EditResult, PlanResult } from './calibration.js';
import { CALIBRATION_EDITS } from './edits/all.js';
import type { CalibratedFormat } from './formats.js';
import { measureEdit, type Setting } from './measure-edit.js';
import { CALIBRATION_PLANS, measurePlan } from './measure-plan.js';
import { createMeasuringAsk } from './measuring-ask.js';

/** What the questions of a calibration depend on. */
export interface Questioning {
  /** Of each role to measure. */
  models: Partial<Record<Role, Model>>;
  config: Config;
  templates: Templates;
  formats: readonly CalibratedFormat[];
  /** No question is begun once it is aborted. */
  signal: AbortSignal;
  /** Ends a question under way. */
  abort: AbortSignal;
}

/** One question to ask; `run` adds its result. */
export interface Step {
  role: Role;
  name: string;
  isKept: boolean;
  run(): Promise<EditResult | PlanResult>;
}

/** Edit by edit, each in all formats: what is there after an interruption compares them on the same edits. */
export async function listSteps(input: Questioning, { edits, plans }: Calibration): Promise<Step[]> {
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

function settingOf({ config, templates, signal, abort }: Questioning, model: Model): Setting {
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

/** Names what the questions are made of: the version, its prompts and its edits. */
export function basisOf(templates: Templates): string {
  const edits = CALIBRATION_EDITS.map(({ places, ...edit }) => ({
    ...edit,
    places: places.map(({ old, right }) => [old, ...right.map(String)]),
  }));
  const basis = [NEXUS_VERSION, PROMPTS.map((name) => templates.fill(name)), edits];
  return createHash('sha256').update(JSON.stringify(basis)).digest('hex').slice(0, 16);
}
