import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findDependencyProblems } from '../../src/tasks/dependencies.js';
import { orderTasks } from '../../src/tasks/select.js';
import type { Priority } from '../../src/tasks/task.js';

const task = (id: string, priority: Priority = 'normal', ...dependsOn: string[]) => ({
  id,
  priority,
  dependsOn,
  position: { line: 1, column: 1 },
});
const ids = (tasks: readonly { id: string }[]) => tasks.map(({ id }) => id).join(' ');

test('priority first, then the order of the file', () => {
  expect(
    ids(orderTasks([task('a', 'low'), task('b'), task('c', 'high'), task('d'), task('e', 'high')])),
  ).toBe('c e b d a');
});

test('a dependency comes before what needs it, pulled forward by its priority', () => {
  const tasks = [task('a'), task('low', 'low'), task('low2', 'low'), task('b', 'high', 'low2', 'low')];
  expect(ids(orderTasks(tasks))).toBe('low low2 b a');
});

test('unknown dependencies and circles still give an order of all tasks', () => {
  expect(ids(orderTasks([task('a', 'normal', 'b', 'gone'), task('b', 'normal', 'a')]))).toBe('b a');
});

test('a chain of 5,000 is no problem', () => {
  const chain = Array.from({ length: 5000 }, (_, n) => task(`t${n}`, 'normal', `t${n + 1}`));
  expect(orderTasks(chain)[0]?.id).toBe('t4999');
  expect(findDependencyProblems(chain.map((each) => ({ task: each })))).toHaveLength(1);
});

test('without circles every dependency comes earlier, and no task is lost', () => {
  const graph = fc.array(
    fc.tuple(fc.constantFrom<Priority>('high', 'normal', 'low'), fc.array(fc.nat(30), { maxLength: 4 })),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(graph, (rows) => {
      const tasks = rows.map(([priority, edges], n) =>
        task(`t${n}`, priority, ...edges.filter((edge) => edge < n).map((edge) => `t${edge}`)),
      );
      const nodes = tasks.map((each) => ({ task: each }));
      expect(findDependencyProblems(nodes)).toEqual([]);
      const ordered = orderTasks(tasks);
      expect(new Set(ordered)).toEqual(new Set(tasks));
      const place = new Map(ordered.map(({ id }, index) => [id, index]));
      for (const { id, dependsOn } of ordered) {
        for (const dependency of dependsOn) expect(place.get(dependency)).toBeLessThan(place.get(id) ?? -1);
      }
    }),
  );
});

test('each circle is named once, with its path, where it stands', () => {
  const nodes = [
    task('a', 'normal', 'b'),
    task('b', 'normal', 'c'),
    task('c', 'normal', 'b'),
    task('d', 'low', 'd'),
  ];
  const problems = findDependencyProblems(
    nodes.map((each, n) => ({ task: each, positionOf: () => ({ line: n + 1, column: 7 }) })),
  );
  expect(problems.map(({ position, message }) => `${position.line} ${message}`)).toEqual([
    '2 These tasks wait for each other: b → c → b.',
    "4 Task 'd' depends on itself.",
  ]);
});

test('without offsets a problem stands where its task does', () => {
  expect(findDependencyProblems([{ task: task('a', 'normal', 'x') }])[0]?.position).toEqual({
    line: 1,
    column: 1,
  });
});
