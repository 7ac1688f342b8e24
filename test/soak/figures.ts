import { joinStood } from './disk-log.js';
import { SETTLE_MS, type Field } from './field.js';
import type { UsageSample } from './watch-process.js';

/** What a soak did, in numbers. */
export interface Figures {
  rows: readonly (readonly [what: string, figure: string])[];
  breaches: string[];
  /** The repository and all around it; only after breaches is it still there. */
  keptIn: string;
}

interface Course {
  seed: number;
  /** First and last edit. */
  from: number;
  until: number;
  styles: Readonly<Record<string, number>>;
  visits: Readonly<Record<string, { done: number; refused: number }>>;
  breaches: string[];
}

/** In this time memory still grows to what the work needs; what is left must be long enough to tell anything. */
const WARM_UP_MS = 30_000;
const TELLING_MS = 60_000;
/** Growth that is none: V8 lets some garbage lie, and not the same amount at any moment. */
const FLAT = { factor: 1.15, bytes: 12e6 };

export function collectFigures(field: Field, course: Course): Figures {
  const { watch, disk, asked } = field;
  const count = (type: string): number => watch.events.filter(({ event }) => event.type === type).length;
  const outcomes = countBy(
    watch.events.flatMap(({ event }) =>
      event.type === 'task-ended'
        ? [event.outcome.kind === 'review' ? 'review' : event.outcome.reason]
        : event.type === 'task-paused'
          ? ['paused']
          : [],
    ),
  );
  const resumed = watch.events.filter(({ event }) => event.type === 'task-started' && event.resumed).length;
  const stood = joinStood(disk.stood);
  const settled = stood.filter(({ from, until }) => until - from >= SETTLE_MS).length;
  const memory = measureMemory(watch.samples, course);
  const breaches = [...course.breaches, ...memory.breaches];
  const { styles, visits } = course;
  const rows: [string, string][] = [
    ['seed', String(course.seed)],
    ['edits', `${sum(Object.values(styles))} in ${seconds(course.until - course.from)}`],
    ...Object.entries(styles).map(([style, times]): [string, string] => [`  ${style}`, String(times)]),
    ['contents of tasks.yml', `${stood.length}, of which ${settled} stood for ${SETTLE_MS} ms or more`],
    ['runs', `${count('task-started')}, of which ${resumed} went on with an earlier one`],
    ['outcomes', renderCounts(outcomes)],
    ['commits', String(count('committed'))],
    ['requests', String(asked.length)],
    ['wrong or missing files told', String(count('file-problem'))],
    ...Object.entries(visits).map(([command, { done, refused }]): [string, string] => [
      `nexus ${command} beside it`,
      `${done}, refused ${refused}`,
    ]),
    ...memory.rows,
    ['what is not as it should be', String(breaches.length)],
  ];
  return { rows, breaches, keptIn: field.repository.folder };
}

function measureMemory(
  samples: readonly UsageSample[],
  { from, until }: Course,
): { rows: [string, string][]; breaches: string[] } {
  const start = from + WARM_UP_MS;
  const warm = samples.filter(({ at }) => at >= start && at <= until);
  const quarter = Math.floor(warm.length / 4);
  const first = median(warm.slice(0, quarter));
  const last = median(warm.slice(-quarter));
  const peak = Math.max(...samples.map(({ memoryBytes }) => memoryBytes));
  const cpuMs = samples.at(-1)?.cpuMs ?? 0;
  const isFlat = until - start < TELLING_MS || last <= Math.max(first * FLAT.factor, first + FLAT.bytes);
  return {
    rows: [
      ['memory, first quarter', `${megabytes(first)} (median, after the warm-up)`],
      ['memory, last quarter', megabytes(last)],
      ['memory, peak', megabytes(peak)],
      ['memory at the end', megabytes(samples.at(-1)?.memoryBytes ?? 0)],
      ['time on a core', seconds(cpuMs)],
    ],
    breaches: isFlat ? [] : [`memory grew from ${megabytes(first)} to ${megabytes(last)}`],
  };
}

function median(samples: readonly UsageSample[]): number {
  const sorted = samples.map(({ memoryBytes }) => memoryBytes).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function renderFigures({ rows }: Figures): string {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, figure]) => `${what.padEnd(width)}  ${figure}`).join('\n');
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function renderCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, number]) => `${number} ${name}`).join(', ');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
