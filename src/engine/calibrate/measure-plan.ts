import type { FileContent, RepoPath } from '../../edits/types.js';
import { restoreSpecialTokens } from '../../models/special-tokens.js';
import { createPlan } from '../../planning/create-plan.js';
import { parseJson, parsePlanAnswer } from '../../planning/plan-answer.js';
import type { TreeEntry } from '../../repository/repository.js';
import type { PlanResult } from './calibration.js';
import { CALIBRATION_EDITS } from './edits/all.js';
import type { CalibrationEdit } from './edits/edit.js';
import { taskOf, type Setting } from './measure-edit.js';

/** Three edits as tasks to plan, in three languages. */
export const CALIBRATION_PLANS: readonly CalibrationEdit[] = [
  'off-by-one',
  'add-entry',
  'guard-return',
].flatMap((id) => CALIBRATION_EDITS.filter((edit) => edit.id === id));

const FILES = new Map(
  CALIBRATION_EDITS.map(({ path, text }): [RepoPath, FileContent] => [path, { kind: 'text', text }]),
);
const TREE: readonly TreeEntry[] = [...FILES.keys()].map((path) => ({
  path,
  mode: '100644',
  oid: '',
  size: undefined,
}));
const SEED = 1;

/**
 * Asks for the plan of one task, once, as a run does, under the same JSON schema.
 * @param maxSteps `limits.steps`; @throws ModelError; the reasons of the signals
 */
export async function measurePlan(
  edit: CalibrationEdit,
  { measuring, templates, budget, maxSteps }: Setting & { maxSteps: number },
): Promise<PlanResult> {
  const outcome = await createPlan(
    {
      task: taskOf(edit),
      tree: TREE,
      readFiles: async (paths) => new Map([...FILES].filter(([path]) => paths.includes(path))),
      templates,
      budget,
      seed: SEED,
      baseFailures: undefined,
      isProtected: () => undefined,
      limits: { steps: maxSteps, attempts: 1 },
      onRejected: async () => undefined,
    },
    measuring.ask,
  );
  const [cost, answer] = [measuring.cost(), measuring.answer()];
  if (cost === undefined || answer === undefined) throw new Error('unreachable: a plan is asked for');
  const held = answer.ending === 'length' ? 'cut-off' : readShape(answer.text);
  const usable = outcome.kind === 'plan' && !outcome.notes.fallback;
  return { plan: edit.id, outcome: held, usable, ...cost };
}

function readShape(text: string): PlanResult['outcome'] {
  const plain = restoreSpecialTokens(text);
  if (parseJson(plain) === undefined) return 'not-json';
  return 'answer' in parsePlanAnswer(plain) ? 'holds' : 'other-shape';
}
