import { doTasks } from '../do-tasks.js';
import { eventErrorOf } from '../event-error.js';
import type { EventSink } from '../events.js';
import { createCrew, describeRemote, shouldBatch, type Crew } from '../models.js';
import { planRun, type PlannedTask } from '../plan-run.js';
import type { TaskControls } from '../task-controls.js';
import type { Workspace } from '../workspace.js';
import { waitForServer } from './wait-for-server.js';
import type { Watching } from './watching.js';

/** By the next piece of work a model that was missing may be there, and a server that failed may be well. */
export function restartModels({ crew }: Watching): void {
  crew?.crew.breaker.close();
  for (const models of Object.values(crew?.crew.models ?? {})) models.restart();
}

/** The first of the ready tasks; all of them when the models are loaded in turns. */
export async function doNext(
  watching: Watching,
  workspace: Workspace,
  ready: readonly PlannedTask[],
): Promise<void> {
  const { worker, signal, checkout } = watching;
  watching.told = undefined;
  watching.worked = true;
  const crew = crewOf(watching, workspace);
  const batch = ready.length > 1 && (await shouldBatch(workspace.config, crew, signal));
  /** Their texts. */
  const begun = new Map<string, string>();
  const begin = (tasks: readonly PlannedTask[]): PlannedTask[] => {
    for (const { task } of tasks) begun.set(task.id, task.hash);
    return [...tasks];
  };
  const sink: EventSink = (event) => {
    const hash = event.type === 'task-ended' ? begun.get(event.task) : undefined;
    // How another text of it ended says nothing any more.
    if (event.type === 'task-started') watching.tried.delete(event.task);
    if (event.type === 'task-ended' && hash !== undefined) watching.tried.set(event.task, hash);
    worker.sink(event);
  };
  const doing = { workspace, crew, controls: guarded(watching), sink, signal, planOnly: false };
  try {
    if (!batch) await doTasks(doing, begin(ready.slice(0, 1)));
    else {
      const joining = async (): Promise<PlannedTask[]> => {
        const now = await checkout.workspace();
        const plan = now === undefined ? undefined : await planRun(now, {});
        const fresh = plan?.ready.filter(({ task }) => !begun.has(task.id)) ?? [];
        return begin(fresh.filter((planned) => !isTried(watching, planned)));
      };
      await doTasks({ ...doing, joining }, begin(ready));
    }
    // A task that a server failed ends by itself; only an answer shows that it is well.
    if (crew.breaker.isCalm) watching.failures = 0;
  } catch (error) {
    signal.throwIfAborted();
    if (!crew.breaker.isOpen(error)) throw error;
    await waitOutTrouble(watching, workspace, crew, error);
  }
}

/** What was planned a moment ago may be outdated by the time it starts. */
function guarded({ worker, checkout }: Watching): TaskControls {
  const { controls } = worker;
  return {
    ...controls,
    start(about) {
      const control = controls.start(about);
      checkout.stopOutdated();
      return control;
    },
  };
}

/** One message, then nothing until the server answers again or the configuration names another. */
async function waitOutTrouble(
  watching: Watching,
  workspace: Workspace,
  crew: Crew,
  error: unknown,
): Promise<void> {
  const { sink, signal, wake, worker, checkout } = watching;
  const since = performance.now();
  sink({ type: 'server-away', error: eventErrorOf(error) });
  watching.failures += 1;
  const isOver = async (): Promise<boolean> => {
    checkout.assertThere();
    return worker.hasRequest() || (await checkout.workspace())?.config !== workspace.config;
  };
  await waitForServer(workspace.config, crew, { failures: watching.failures, signal, wake, isOver });
  restartModels(watching);
  sink({ type: 'server-back', awayMs: Math.round(performance.now() - since) });
  // They did not fail by themselves.
  watching.tried.clear();
}

function crewOf(watching: Watching, { config, root: folder }: Workspace): Crew {
  if (watching.crew?.of !== config) {
    watching.crew = { of: config, crew: createCrew(config, { ...watching, folder }) };
    for (const message of describeRemote(config)) watching.sink({ type: 'notice', task: undefined, message });
  }
  return watching.crew.crew;
}

export function isTried({ tried }: Watching, { task }: PlannedTask): boolean {
  return tried.get(task.id) === task.hash;
}
