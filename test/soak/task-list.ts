import type { Random } from '../chaos/random.js';

/** One task as the user of the soak wants it now. */
export interface WantedTask {
  id: string;
  version: number;
  priority: 'high' | 'normal' | 'low';
  status: 'draft' | 'paused' | undefined;
  dependsOn: string | undefined;
  stack: boolean;
}

/** What the user has in mind; what is on disk follows with every save. */
export interface TaskList {
  readonly tasks: readonly WantedTask[];
  /** Changes something and returns what. */
  change(random: Random): string;
  /** So that every task can be done in the end: no drafts, and nothing that waits for a decision. */
  free(): void;
  render(): string;
}

const MOST_TASKS = 10;
const FEWEST_TASKS = 4;

export function createTaskList(): TaskList {
  const tasks: WantedTask[] = [];
  const removed: WantedTask[] = [];
  const versions = new Map<string, number>();
  let changes = 0;
  let ids = 0;

  const raiseVersion = (id: string): number => {
    const version = (versions.get(id) ?? 0) + 1;
    versions.set(id, version);
    return version;
  };
  const add = (): void => {
    ids += 1;
    const id = `t${ids}`;
    const version = raiseVersion(id);
    tasks.push({ id, version, priority: 'normal', status: undefined, dependsOn: undefined, stack: false });
  };
  const remove = (task: WantedTask): void => {
    tasks.splice(tasks.indexOf(task), 1);
    // A dependency on a task that is not there would be an error.
    for (const other of tasks) if (other.dependsOn === task.id) other.dependsOn = undefined;
    removed.push({ ...task, dependsOn: undefined });
  };
  const depend = (task: WantedTask, random: Random): void => {
    // Only on earlier ones, or there would be circles.
    const earlier = tasks.slice(0, tasks.indexOf(task));
    const other = earlier.length === 0 ? undefined : random.pick(earlier);
    task.dependsOn = task.dependsOn === undefined ? other?.id : undefined;
    task.stack = random.whole(1, 3) > 1;
  };
  const changesOf = (random: Random): Record<string, (() => void) | undefined> => {
    const task = random.pick(tasks);
    const back = removed[0] === undefined ? undefined : random.pick(removed);
    return {
      'new task': tasks.length < MOST_TASKS ? add : undefined,
      'task removed': tasks.length > FEWEST_TASKS ? () => remove(task) : undefined,
      'task back':
        back === undefined || tasks.length >= MOST_TASKS
          ? undefined
          : () => void tasks.push(...removed.splice(removed.indexOf(back), 1)),
      'text changed': () => void (task.version = raiseVersion(task.id)),
      'text as before': task.version > 1 ? () => void (task.version -= 1) : undefined,
      'status changed': () =>
        void (task.status = task.status === undefined ? random.pick(['draft', 'paused']) : undefined),
      'priority changed': () => void (task.priority = random.pick(['high', 'normal', 'low'])),
      'dependency changed': () => depend(task, random),
      'only a comment': () => undefined,
    };
  };
  for (let count = 0; count < FEWEST_TASKS; count += 1) add();

  return {
    tasks,
    change(random) {
      changes += 1;
      const possible = Object.entries(changesOf(random)).flatMap(([name, act]) =>
        act === undefined ? [] : [{ name, act }],
      );
      const { name, act } = random.pick(possible);
      act();
      return name;
    },
    free() {
      for (const task of tasks) {
        task.status = undefined;
        task.stack = true;
      }
    },
    render: () => `# After ${changes} changes\n${renderTasks(tasks)}`,
  };
}

export function renderTasks(tasks: readonly WantedTask[]): string {
  return `tasks:\n${tasks.map(renderTask).join('')}`;
}

/** Half of the tasks name their file; for the others the model is asked which to read. */
function renderTask(task: WantedTask): string {
  const { id, version, priority, status, dependsOn, stack } = task;
  const title = `Write ${id} as version ${version}`;
  const lines = [
    `- id: ${id}`,
    `  title: ${title}`,
    '  description: |',
    `    What is wanted of ${id} is its version ${version}.`,
    '    It stands in a file of its own.',
    ...(Number(id.slice(1)) % 2 === 0 ? [`  files: [${fileOf(title)}]`] : []),
    ...(priority === 'normal' ? [] : [`  priority: ${priority}`]),
    ...(status === undefined ? [] : [`  status: ${status}`]),
    ...(dependsOn === undefined ? [] : [`  depends_on: ${dependsOn}`, `  stack: ${stack}`]),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}

/** The file that tells by its name which text of which task was done; of a title that was cut off, too. */
export function fileOf(title: string): string {
  return `src/${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.mjs`;
}
