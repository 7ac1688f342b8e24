import { checkName } from '../checks/check-name.js';
import { isNexusFile } from '../config/own-files.js';
import type { Decision } from '../journal/decisions.js';
import { heldBack, heldByCheckout, type TaskState } from '../journal/task-state.js';
import type { ObjectId, Repository } from '../repository/repository.js';
import { findTask } from '../tasks/find-task.js';
import { mentionsPath } from '../tasks/protected-paths.js';
import { orderTasks } from '../tasks/select.js';
import type { Task } from '../tasks/task.js';
import { effectiveChecks } from './effective-checks.js';
import type { WaitingTask } from './events.js';
import { surveyTasks, type Survey, type SurveyEntry } from './survey.js';
import { branchNameOf, type Workspace } from './workspace.js';

/** One task that a run would do. */
export interface PlannedTask {
  task: Task;
  /** Goes on with the last run instead of starting from the base; rebuilt from the branch where its journal is lost. */
  resume: boolean;
  why: string;
  branch: string;
  base: ObjectId;
  baseName: string | undefined;
  /** Uncommitted files, which are not part of the base. */
  dirty: string[];
  checks: string[];
}

/** What a run would do, as a value: `--dry-run` prints it, `executeRun` performs it. */
export interface RunPlan {
  ready: PlannedTask[];
  waiting: WaitingTask[];
  /** Merged by hand, and known from branch and journal only. */
  merged: (Decision & { verb: 'merged' })[];
  models: { overseer: string; coder: string };
}

export interface RunRequest {
  /** Ids; undefined means all that are ready. */
  tasks?: readonly string[];
  /** Also tasks that name files with uncommitted changes. */
  anyway?: boolean;
  /** Start anew whatever came of the last run. */
  anew?: boolean;
}

/** @throws NexusError `unknown-task`, and those of `surveyTasks` */
export async function planRun(workspace: Workspace, request: RunRequest): Promise<RunPlan> {
  const survey = await surveyTasks(workspace);
  const wanted = selectEntries(survey, request.tasks);
  const dirty = (await workspace.repository.dirtyFiles())
    .map((file) => file.path)
    .filter((path) => !isNexusFile(path));
  const plan: RunPlan = {
    ready: [],
    waiting: [],
    merged: survey.entries.flatMap(({ task, state, isDecided }) =>
      state.kind === 'accepted' && !isDecided
        ? [{ task: task.id, verb: 'merged' as const, taskHash: task.hash, tip: state.tip }]
        : [],
    ),
    models: { overseer: workspace.config.overseer.model, coder: workspace.config.coder.model },
  };
  for (const entry of wanted) {
    const decided = await decide(workspace, survey, entry, {
      dirty,
      named: request.tasks !== undefined,
      anyway: request.anyway === true,
      anew: request.anew === true,
    });
    if ('because' in decided) {
      const { kind } = entry.state;
      const state = kind === 'ready' ? 'waiting' : kind;
      plan.waiting.push({ task: entry.task.id, because: decided.because, state });
    } else plan.ready.push(decided);
  }
  return plan;
}

function selectEntries(survey: Survey, ids: readonly string[] | undefined): SurveyEntry[] {
  const byId = new Map(survey.entries.map((entry) => [entry.task.id, entry]));
  for (const id of ids ?? []) findTask(survey.entries, ({ task }) => task.id, id);
  const tasks = orderTasks(survey.entries.map((entry) => entry.task));
  const chosen = ids === undefined ? tasks : tasks.filter((task) => ids.includes(task.id));
  return chosen.flatMap((task) => byId.get(task.id) ?? []);
}

interface Circumstances {
  dirty: readonly string[];
  /** The user named the task on the command line. */
  named: boolean;
  anyway: boolean;
  anew: boolean;
}

async function decide(
  workspace: Workspace,
  survey: Survey,
  entry: SurveyEntry,
  about: Circumstances,
): Promise<PlannedTask | { because: string }> {
  const { task, state } = entry;
  const start = about.anew ? { resume: false } : startOf(entry, about.named);
  if ('because' in start) return start;
  const held = about.anew ? undefined : await findHold(workspace.repository, survey, entry);
  if (held !== undefined) return { because: held };
  const touched = about.dirty.filter((path) => isListed(task, path) || mentionsPath(textOf(task), path));
  if (touched.length > 0 && !about.anyway) {
    return {
      because: `it names ${touched.join(', ')}, which has uncommitted changes; commit them, or run it with --anyway`,
    };
  }
  const stacked = task.stack ? await stackBase(workspace.repository, task, survey) : undefined;
  if (stacked !== undefined && 'because' in stacked) return stacked;
  return {
    task,
    resume: start.resume,
    why: state.kind === 'ready' ? state.why : 'asked for',
    branch: branchNameOf(workspace.config, task.id),
    base: stacked?.base ?? survey.base,
    baseName: stacked?.baseName ?? survey.baseName,
    dirty: [...about.dirty],
    checks: effectiveChecks(workspace.config, task).map((check) => checkName(check)),
  };
}

function startOf(entry: SurveyEntry, named: boolean): { resume: boolean } | { because: string } {
  const { state, task } = entry;
  if (state.kind === 'ready') {
    return { resume: ['interrupted', 'approved', 'unverified-branch'].includes(state.why) };
  }
  if (entry.record?.progress.kind === 'waits-for-approval') {
    return named ? { resume: true } : { because: describeWaiting(state) };
  }
  if (
    state.kind === 'needs-attention' &&
    ['model-trouble', 'limit-reached', 'setup-missing', 'cancelled'].includes(state.reason)
  ) {
    return named || state.reason === 'model-trouble'
      ? { resume: true }
      : { because: `${state.detail} (nexus run ${task.id} goes on)` };
  }
  return { because: describeWaiting(state, task.id) };
}

/** A ready task is held back by its state; one that goes on although it ended, or waits for a word, has no such state. */
async function findHold(
  repository: Repository,
  survey: Survey,
  { task, state, branch, branchName }: SurveyEntry,
): Promise<string | undefined> {
  if (state.kind === 'ready') return undefined;
  const held = heldBack(task, new Map(survey.entries.map((entry) => [entry.task.id, entry.state])));
  if (held !== undefined || branch === undefined) return held;
  return heldByCheckout({ branchName, checkedOut: (await repository.checkedOut()).get(branchName) });
}

function describeWaiting(state: TaskState, id = ''): string {
  switch (state.kind) {
    case 'waiting':
      return state.because;
    case 'review':
      return `it waits for your review: nexus review ${id}`;
    case 'needs-attention':
      return `it needs attention (${state.reason}): nexus review ${id}, or nexus retry ${id}`;
    case 'accepted':
    case 'rejected':
      return `you ${state.kind} it; it starts anew when its text changes`;
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
      return `a run is ${state.kind} it right now`;
    case 'ready':
      return 'it is ready';
  }
}

/**
 * A stacked task starts from the branch of the dependency that is in review. Of several it must be one that holds the
 * others: work that is missing in the base would be done again, or worse, undone.
 */
async function stackBase(
  repository: Repository,
  task: Task,
  survey: Survey,
): Promise<{ base: ObjectId; baseName: string } | { because: string } | undefined> {
  const below = survey.entries.flatMap(({ task: { id }, state, branchName }) =>
    task.dependsOn.includes(id) && state.kind === 'review' ? [{ id, tip: state.tip, branchName }] : [],
  );
  if (below.length === 0) return undefined;
  for (const { tip, branchName } of below) {
    const held = await Promise.all(below.map(async (other) => repository.isAncestor(other.tip, tip)));
    if (held.every(Boolean)) return { base: tip, baseName: branchName };
  }
  const ids = below.map(({ id }) => id).join(', ');
  return { because: `it is stacked on several branches in review (${ids}); accept all but one of them` };
}

/** Whether `files` has the path or a folder above it. */
function isListed(task: Task, path: string): boolean {
  return task.files.some((file) => path === file || path.startsWith(file.endsWith('/') ? file : `${file}/`));
}

function textOf(task: Task): string {
  return [task.title, task.description, ...task.acceptance].join('\n');
}
