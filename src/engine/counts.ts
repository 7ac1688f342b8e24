import type { EventSink, RunCounts } from './events.js';

/** Counts what becomes of the tasks that are told of through the returned sink. */
export function countEvents(sink: EventSink): { counts: RunCounts; sink: EventSink } {
  const counts: RunCounts = { review: 0, needsAttention: 0, waiting: 0 };
  return {
    counts,
    sink(event) {
      if (event.type === 'task-ended') {
        if (event.outcome.kind === 'review') counts.review += 1;
        else counts.needsAttention += 1;
      }
      if (event.type === 'plan-waits' || event.type === 'task-paused') counts.waiting += 1;
      sink(event);
    },
  };
}

export function sumCounts(...all: readonly Partial<RunCounts>[]): RunCounts {
  const sum: RunCounts = { review: 0, needsAttention: 0, waiting: 0 };
  for (const { review = 0, needsAttention = 0, waiting = 0 } of all) {
    sum.review += review;
    sum.needsAttention += needsAttention;
    sum.waiting += waiting;
  }
  return sum;
}
