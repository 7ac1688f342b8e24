import { parseTasks } from '../../src/tasks/parse.js';
import type { Task } from '../../src/tasks/task.js';
import { readJournals } from '../chaos/journals.js';
import { joinStood, type Stood } from './disk-log.js';
import { SETTLE_MS, type Field } from './field.js';

/** A content that stood long enough to count. */
interface Counting {
  /** Tasks that may be done; of a content that is wrong none, and the one before goes on counting. */
  tasks: Task[] | undefined;
  from: number;
  /** It surely counted from then on. */
  surelyFrom: number;
}

/** Two processes' timers, in ms. */
const TOLERANCE_MS = 20;
/** How long a busy machine may take from the end of the settle time to the last thing done by the old text, in ms. */
const SLACK_MS = 5_000;

/** Everything that was begun or asked though the text of its task had not settled, or did not count any more. */
export function findStartBreaches(field: Field): string[] {
  const counting = joinStood(field.disk.stood).flatMap(toCounting);
  const started = field.watch.events.flatMap(({ at, event }) =>
    event.type === 'task-started' ? [{ at, what: `start of ${event.task}`, title: event.title }] : [],
  );
  const asked = field.asked.map(({ at, title }) => ({ at, what: 'request', title }));
  const breaches = [...started, ...asked].flatMap(({ at, what, title }) => {
    const why = whyNot(counting, at, (task) => task.title === title);
    return why === undefined ? [] : [`${what} at ${Math.round(at)} of "${title}": ${why}`];
  });
  return [...new Set([...breaches, ...findTextBreaches(field, counting)])];
}

/** By the hash of the whole text, which the journals have. */
function findTextBreaches(field: Field, counting: readonly Counting[]): string[] {
  const settled = new Set(counting.flatMap(({ tasks = [] }) => tasks.map(({ id, hash }) => `${id} ${hash}`)));
  return readJournals(field.commonDir).flatMap(({ task, run, entries: [first] }) => {
    if (first?.type !== 'run-started' || settled.has(`${task} ${first.task.hash}`)) return [];
    return [`run ${run} of ${task} is of a text that never settled: "${first.task.title}"`];
  });
}

function toCounting({ text, from, until }: Stood): Counting[] {
  if (until - from < SETTLE_MS - TOLERANCE_MS) return [];
  const surely = until - from > SETTLE_MS + SLACK_MS;
  const times = {
    from: from + SETTLE_MS - TOLERANCE_MS,
    surelyFrom: surely ? from + SETTLE_MS + SLACK_MS : Infinity,
  };
  const { tasks, problems } = parseTasks(text ?? '');
  const isGood = text !== undefined && problems.length === 0;
  return [{ tasks: isGood ? tasks : undefined, ...times }];
}

function whyNot(
  counting: readonly Counting[],
  at: number,
  isIt: (task: Task) => boolean,
): string | undefined {
  const good = counting.filter(({ tasks }) => tasks !== undefined);
  const having = good.filter(({ tasks, from }) => from <= at && tasks?.some(isIt) === true);
  if (having.length === 0) return 'this text had not settled';
  const free = having.filter(({ tasks }) => tasks?.some((task) => isIt(task) && task.status === undefined));
  const last = free.at(-1);
  if (last === undefined) return 'it was a draft or paused whenever it had settled';
  const replaced = good.some(({ from, surelyFrom }) => from > last.from && surelyFrom < at);
  return replaced ? 'another text had settled long before' : undefined;
}
