import { sortProblems } from '../config/problem.js';
import { parseYaml } from '../config/read-yaml.js';
import type { YamlText } from '../config/read-yaml.js';
import type { YamlList } from '../config/yaml-value.js';
import { findDependencyProblems } from './dependencies.js';
import { readTaskItem } from './read-item.js';
import type { DeclaredTask } from './read-item.js';
import { describeValue, nameKind, reportUnknownKeys, valueAt } from './read-value.js';
import type { Report } from './read-value.js';
import type { Problem, Task } from './task.js';

/**
 * Reads the text of `tasks.yml`. `problems` has every mistake with its place and remedy, in the order of the file;
 * `tasks` has the tasks in the order of the file. When there are problems the tasks are only good for showing.
 */
export function parseTasks(text: string): { tasks: Task[]; problems: Problem[] } {
  const yaml = parseYaml(text);
  const problems = [...yaml.problems];
  const report: Report = (at, message, remedy) => {
    problems.push({ position: yaml.positionAt(at), message, remedy });
  };
  const list = findTaskList(yaml, report);
  const declared: DeclaredTask[] = [];
  for (const item of list?.items ?? []) {
    const task = readTaskItem(item, yaml.positionAt(item.at), report);
    if (task !== undefined) declared.push(task);
  }
  const unique = reportSharedIds(declared, report);
  const nodes = unique.map(({ task, dependencies }) => ({
    task,
    positionOf: (id: string) => yaml.positionAt(dependencies.find(({ text: name }) => name === id)?.at ?? 0),
  }));
  problems.push(...findDependencyProblems(nodes));
  return { tasks: unique.map(({ task }) => task), problems: sortProblems(problems) };
}

function findTaskList(yaml: YamlText, report: Report): YamlList | undefined {
  const { root } = yaml;
  if (root === undefined) return undefined;
  if (root.kind !== 'map') {
    report(
      root.at,
      `The file is a ${nameKind(root)}.`,
      'Begin it with `tasks:` and indent the list under it.',
    );
    return undefined;
  }
  reportUnknownKeys(root, ['tasks'], report);
  const tasks = valueAt(root, 'tasks');
  if (tasks === undefined || tasks.kind === 'list') return tasks;
  report(tasks.at, `\`tasks\` is ${describeValue(tasks)}, not a list.`, 'Start each task with `- `.');
  return undefined;
}

/** Tasks with an id of their own; a second task with the same id is reported and left out. */
function reportSharedIds(declared: readonly DeclaredTask[], report: Report): DeclaredTask[] {
  const byId = new Map<string, DeclaredTask>();
  for (const entry of declared) {
    const { id } = entry.task;
    const first = byId.get(id);
    if (first === undefined) byId.set(id, entry);
    else {
      const { line } = first.task.position;
      const message = entry.explicitId
        ? `The id '${id}' is taken by the task in line ${line}.`
        : `This task gets the id '${id}' from its title, as the task in line ${line} does.`;
      report(entry.at, message, entry.explicitId ? 'Choose another id.' : 'Write an `id:` of its own.');
    }
  }
  return [...byId.values()];
}
