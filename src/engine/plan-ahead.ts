import type { Question } from '../models/ask.js';
import type { KnownAnswers } from './known-answers.js';
import type { LoadAhead } from './load-ahead.js';
import { unknownUsage } from './read-answer.js';
import type { RoleModels } from './role-models.js';

/** Loads the model for the plan of a task while its base is checked: what is asked next in any case is the plan. */
export interface PlanAhead {
  /** Begins, unless an earlier run has planned this task on this base: then the answers come from the cache. */
  load(): Promise<void>;
  /** The plan is made. */
  note(): Promise<void>;
}

export interface PlanAheadInput {
  known: KnownAnswers | undefined;
  loadAhead: LoadAhead | undefined;
  overseer: RoleModels;
  signal: AbortSignal;
  /** Names the task's text and its base. */
  about: readonly string[];
}

export function createPlanAhead({ known, loadAhead, overseer, signal, about }: PlanAheadInput): PlanAhead {
  const mark = markOf(about);
  return {
    async load() {
      if (loadAhead === undefined) return;
      const isKnown = (await known?.find(mark, overseer.current, signal)) !== undefined;
      if (!isKnown) loadAhead.begin('overseer', signal);
    },
    async note() {
      const { current } = overseer;
      if (known === undefined || (await known.find(mark, current, signal)) !== undefined) return;
      await known.keep(mark, current, { text: 'planned', usage: unknownUsage(0) }, signal);
    },
  };
}

/** A question that no model is asked: its answer in the cache says that the true ones, whose words come later, are there. */
function markOf(about: readonly string[]): Question {
  return {
    role: 'overseer',
    purpose: 'plan',
    attempt: 0,
    messages: [{ role: 'user', content: JSON.stringify(['planned before', ...about]) }],
    maxTokens: 0,
    temperature: 0,
    seed: 0,
  };
}
