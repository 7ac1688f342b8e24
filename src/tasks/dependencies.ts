import type { Problem } from '../config/problem.js';
import { quoteInput, suggestNearest } from '../config/suggest.js';
import type { Position, Task } from './task.js';

/** A task and where the names in its `depends_on` stand (default: the place of the task). */
export interface DependencyNode {
  task: Pick<Task, 'id' | 'dependsOn' | 'position'>;
  positionOf?: (dependency: string) => Position;
}

/** Comparing every wrong name with every id takes long when thousands are wrong; nobody reads that many anyway. */
const MAX_SUGGESTIONS = 50;

type Circle = [DependencyNode, ...DependencyNode[]];

/** Dependencies that no task has, and circles. A circle is reported once, with its whole path. */
export function findDependencyProblems(nodes: readonly DependencyNode[]): Problem[] {
  const byId = new Map(nodes.map((node) => [node.task.id, node]));
  const ids = [...byId.keys()];
  const problems: Problem[] = [];
  for (const node of nodes) {
    for (const dependency of node.task.dependsOn) {
      if (byId.has(dependency)) continue;
      const nearest = problems.length < MAX_SUGGESTIONS ? suggestNearest(dependency, ids) : undefined;
      problems.push({
        position: locate(node, dependency),
        message: `\`depends_on\` names ${quoteInput(dependency)}, which no task has.`,
        remedy:
          nearest === undefined ? 'Write the `id` of a task in this file.' : `Did you mean '${nearest}'?`,
      });
    }
  }
  return [...problems, ...findCircles(nodes, byId).map(describeCircle)];
}

function locate(node: DependencyNode, dependency: string): Position {
  return node.positionOf?.(dependency) ?? node.task.position;
}

function describeCircle([first, second = first, ...rest]: Circle): Problem {
  const circle = second === first ? [first] : [first, second, ...rest];
  const path = [...circle, first].map((node) => node.task.id).join(' → ');
  return {
    position: locate(first, second.task.id),
    message:
      circle.length === 1
        ? `Task '${first.task.id}' depends on itself.`
        : `These tasks wait for each other: ${path}.`,
    remedy: 'Remove one of these dependencies.',
  };
}

/** Depth first with a stack of its own: a chain of 5,000 tasks is ordinary input. */
function findCircles(nodes: readonly DependencyNode[], byId: ReadonlyMap<string, DependencyNode>): Circle[] {
  const circles: Circle[] = [];
  const done = new Set<DependencyNode>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const path: { node: DependencyNode; next: number }[] = [{ node: start, next: 0 }];
    const depth = new Map<DependencyNode, number>([[start, 0]]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const name = top.node.task.dependsOn[top.next++];
      if (name === undefined) {
        done.add(top.node);
        depth.delete(top.node);
        path.pop();
        continue;
      }
      const next = byId.get(name);
      if (next === undefined || done.has(next)) continue;
      const from = depth.get(next);
      if (from !== undefined) circles.push([next, ...path.slice(from + 1).map(({ node }) => node)]);
      else {
        depth.set(next, path.length);
        path.push({ node: next, next: 0 });
      }
    }
  }
  return circles;
}
