import { findOccupied } from '../../coding/occupied-paths.js';
import { writeChange, type CodingOutcome } from '../../coding/write-change.js';
import type { Templates } from '../../config/templates.js';
import type { TokenBudget } from '../../models/budget.js';
import { ModelError } from '../../models/model-error.js';
import type { ModelFault } from '../../models/port.js';
import type { Parsers } from '../../syntax/types.js';
import type { Task } from '../../tasks/task.js';
import type { EditResult } from './calibration.js';
import type { CalibrationEdit } from './edits/edit.js';
import { isRight } from './judge-edit.js';
import type { MeasuringAsk } from './measuring-ask.js';
import type { CalibratedFormat } from './formats.js';

/** What every question of a calibration is asked with. */
export interface Setting {
  measuring: MeasuringAsk;
  templates: Templates;
  budget: TokenBudget;
}

/** At temperature 0 it draws nothing. */
const SEED = 1;
/** What a model does to one answer; any other fault is the server's, and would meet the next question, too. */
const OF_ONE_ANSWER: ReadonlySet<ModelFault> = new Set(['runaway', 'request-timeout']);

/**
 * Asks for one edit in one format, once, exactly as a step of a run does, and judges the reply.
 * @throws ModelError, but for what is wrong with this one answer; the reasons of the signals
 */
export async function measureEdit(
  edit: CalibrationEdit,
  format: CalibratedFormat,
  setting: Setting & { parsers: Parsers },
): Promise<EditResult> {
  const judged = await ask(edit, format, setting);
  const cost = setting.measuring.cost();
  if (cost === undefined) throw new Error('unreachable: a change is asked for');
  return { format, edit: edit.id, ...judged, ...cost };
}

async function ask(
  edit: CalibrationEdit,
  format: CalibratedFormat,
  setting: Setting & { parsers: Parsers },
): Promise<Pick<EditResult, 'outcome' | 'code'>> {
  try {
    return judge(edit, await writeOnce(edit, format, setting));
  } catch (error) {
    if (!(error instanceof ModelError) || !OF_ONE_ANSWER.has(error.fault)) throw error;
    return { outcome: 'refused', code: error.fault };
  }
}

async function writeOnce(
  edit: CalibrationEdit,
  format: CalibratedFormat,
  { measuring, templates, budget, parsers }: Setting & { parsers: Parsers },
): Promise<CodingOutcome> {
  const { path, text, title, description } = edit;
  const step = { title, instruction: description, files: [path], doneWhen: '' };
  return writeChange(
    {
      task: taskOf(edit),
      plan: { summary: title, steps: [step] },
      assignment: { kind: 'step', number: 1, step },
      files: new Map([[path, { kind: 'text', text }]]),
      offered: [path],
      exists: findOccupied([path]),
      isProtected: () => undefined,
      baseFailures: undefined,
      format,
      parsers,
      attempts: 1,
      budget,
      templates,
      seed: SEED,
      onRejected: async () => undefined,
    },
    measuring.ask,
  );
}

/** Right: the one file has what was asked for, and nothing else was touched. */
function judge(edit: CalibrationEdit, outcome: CodingOutcome): Pick<EditResult, 'outcome' | 'code'> {
  if (outcome.kind === 'rejected') {
    return { outcome: 'refused', code: outcome.rejections[0]?.code ?? 'no-edit' };
  }
  const [change, ...others] = outcome.changes;
  const right =
    change?.kind === 'modify' &&
    change.path === edit.path &&
    others.length === 0 &&
    isRight(edit, change.newText);
  return { outcome: right ? 'right' : 'wrong' };
}

/** The edit as an entry of tasks.yml would be. */
export function taskOf({ id, path, title, description }: CalibrationEdit): Task {
  return {
    id,
    title,
    description,
    kind: 'change',
    files: [path],
    only: false,
    acceptance: [],
    checks: undefined,
    checksAdd: [],
    dependsOn: [],
    stack: false,
    priority: 'normal',
    status: undefined,
    hash: '',
    position: { line: 1, column: 1 },
  };
}
