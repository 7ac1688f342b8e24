import type { Random } from '../chaos/random.js';
import type { Field } from './field.js';
import type { User } from './user.js';

/** Other terminals, in which the user looks and decides while the watch works. */
export interface Visitors {
  /** Starts one of the commands now and then; only `accept`, which writes the checkout, is waited for. */
  visit(user: User): Promise<void>;
  /** When the last of them has ended. */
  gone(): Promise<void>;
  /** By command: how often it did it, and how often it had a reason not to. */
  readonly counts: Readonly<Record<string, { done: number; refused: number }>>;
  readonly found: readonly string[];
}

/**
 * Exit codes besides 0 that a command may have: nothing to cancel or not to be accepted, a task that the file does not
 * have just now, a file that is broken.
 */
const REFUSALS: Readonly<Record<string, readonly number[]>> = {
  status: [3],
  log: [1, 2, 3, 4],
  review: [1, 2, 3, 4],
  cancel: [1, 2, 3],
  accept: [1, 2, 3, 4],
};

export function createVisitors(field: Field, random: Random): Visitors {
  const counts: Record<string, { done: number; refused: number }> = {};
  const found: string[] = [];
  const going = new Set<Promise<void>>();
  const call = async (command: string, args: readonly string[]): Promise<void> => {
    const { exitCode, signal, output } = await field.nexus([command, ...args]);
    const count = (counts[command] ??= { done: 0, refused: 0 });
    if (exitCode === 0) count.done += 1;
    else if (exitCode !== null && REFUSALS[command]?.includes(exitCode) === true) count.refused += 1;
    else found.push(`nexus ${command} ${args.join(' ')} ended with ${exitCode ?? signal}:\n${output()}`);
  };
  const start = (command: string, ...args: string[]): void => {
    const one: Promise<void> = call(command, args)
      .catch((error: unknown) => void found.push(String(error)))
      .finally(() => going.delete(one));
    going.add(one);
  };
  const anyTask = (): string => random.pick(field.list.tasks).id;
  return {
    counts,
    found,
    async visit(user) {
      // Two at a time are as many as a person has hands for.
      if (going.size > 1) return;
      const command = random.pick([
        'status',
        'status',
        'log',
        'review',
        'cancel',
        'cancel',
        'accept',
        'accept',
      ]);
      if (command === 'status') start('status');
      else if (command === 'log' || command === 'review') start(command, anyTask());
      else if (command === 'cancel') start('cancel', field.watch.working()[0] ?? anyTask());
      else await user.act(() => call('accept', [anyTask()]));
    },
    async gone() {
      await Promise.all(going);
    },
  };
}
