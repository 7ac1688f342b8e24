import { createHash } from 'node:crypto';
import { extname } from 'node:path/posix';
import type { RunStartedEntry } from '../journal/entries.js';
import type { RunJournal } from '../journal/run-store.js';
import { promptTokensOf } from '../models/budget.js';
import type { Role } from '../models/port.js';
import { createTokenMeter, type TokenMeter } from '../models/token-estimate.js';
import { createProtection } from '../tasks/protected-paths.js';
import { createAsk } from './ask-model.js';
import { usableContext } from './calibrate/expect-answer.js';
import { tokenFactor } from './calibrate/figures.js';
import type { Calibration } from './calibrate/calibration.js';
import type { Calibrations } from './calibrate/find-calibrations.js';
import { effectiveChecks } from './effective-checks.js';
import type { EventSink } from './events.js';
import type { KnownAnswers } from './known-answers.js';
import type { LoadAhead } from './load-ahead.js';
import { createPlanAhead } from './plan-ahead.js';
import type { PlannedTask } from './plan-run.js';
import type { RoleModels } from './role-models.js';
import type { TaskRun } from './task-run.js';
import { createTimeLimit } from './time-limit.js';
import type { Workspace } from './workspace.js';

/** What a run of one task begins with. */
export interface StartInput {
  workspace: Workspace;
  planned: PlannedTask;
  models: Record<Role, RoleModels>;
  /** Answers of earlier runs; without them every question is asked. */
  known?: KnownAnswers | undefined;
  /** What was measured of the models; without it nothing is known of them. */
  calibrations?: Calibrations | undefined;
  /** Without it a model is loaded by the request that needs it. */
  loadAhead?: LoadAhead;
  sink: EventSink;
  /** Stops the task after its current request, and whatever else goes on at once. */
  signal: AbortSignal;
  /** Ends a request under way, too; default: `signal` does. */
  abort?: AbortSignal;
}

/** The value through which a task is worked on, as it stands at the base. */
export async function createTaskRun(input: StartInput, journal: RunJournal): Promise<TaskRun> {
  const { workspace, planned, models, sink, signal } = input;
  const { repository, config } = workspace;
  const { started } = journal.record;
  const { task } = planned;
  const calibration = (role: Role): Calibration | undefined => input.calibrations?.of(models[role].current);
  const meterOf = (role: Role): TokenMeter => createTokenMeter(tokenFactor(calibration(role)));
  const meters = { overseer: meterOf('overseer'), coder: meterOf('coder') };
  const time = createTimeLimit(config.limits.minutes);
  const ask = createAsk({
    task: task.id,
    journal,
    models,
    meters,
    known: input.known,
    calibrations: input.calibrations,
    loadAhead: input.loadAhead,
    sink,
    signal,
    abort: input.abort ?? signal,
    time,
  });
  return {
    task,
    repository,
    config,
    templates: await workspace.templates(),
    journal,
    branch: started.branch,
    base: started.base,
    baseTree: await repository.listFiles(started.base),
    checks: effectiveChecks(config, task),
    isProtected: createProtection(task, config),
    ask,
    seed: seedOf(started),
    sink,
    signal,
    time,
    calibration,
    planAhead: createPlanAhead({
      known: input.known,
      loadAhead: input.loadAhead,
      overseer: models.overseer,
      signal,
      about: [task.hash, started.base],
    }),
    budget(role) {
      const answerTokens = config[role].max_answer;
      const { contextTokens, thinking } = models[role].current;
      const thinkingTokens = thinking?.maxTokens ?? 0;
      return {
        answerTokens,
        promptTokens: promptTokensOf(
          usableContext(contextTokens, calibration(role)),
          answerTokens + thinkingTokens,
        ),
        estimate: (text, path) =>
          meters[role].estimate([{ text, extension: extname(path ?? '.txt').slice(1) }]),
      };
    },
    commits: [],
    tip: started.base,
  };
}

/** The same task gives the same seed, its next run another: what a retry draws by chance must not be the same. */
function seedOf(started: RunStartedEntry): number {
  const digest = createHash('sha256').update(started.task.hash).digest().readUInt16BE(0);
  return digest + 1000 * (Number.parseInt(started.run, 10) - 1);
}
