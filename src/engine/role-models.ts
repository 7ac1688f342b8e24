import { ModelError } from '../models/model-error.js';
import type { Model, ModelFault } from '../models/port.js';

/** The model of a role and, in the order that the user gave, those that may take its place. */
export interface RoleModels {
  /** The one that is asked now. */
  readonly current: Model;
  /**
   * Gives the role its next model, if `error` is the current one's own fault and another is left; undefined otherwise.
   * It stays until `restart`: going back would load the first one again for every request.
   */
  fallBack(error: unknown): Model | undefined;
  /** The first model has its turn again. */
  restart(): void;
}

export function createRoleModels(models: readonly [Model, ...Model[]]): RoleModels {
  let index = 0;
  return {
    get current() {
      return models[index] ?? models[0];
    },
    fallBack(error) {
      const next = models[index + 1];
      if (next === undefined || !(error instanceof ModelError) || !OF_THE_MODEL.has(error.fault))
        return undefined;
      index += 1;
      return next;
    },
    restart() {
      index = 0;
    },
  };
}

/**
 * What another model on the same server may fare better with: this one is missing, does not fit in memory (a
 * `server-error` in every kind of server), or has failed beyond what asking again can mend. Not: what is wrong with the
 * server, the address or the key, and a prompt that is too long, which is made shorter.
 */
const OF_THE_MODEL: ReadonlySet<ModelFault> = new Set([
  'model-missing',
  'window-too-small',
  'server-error',
  'mid-stream-error',
  'stream-cut',
  'first-token-timeout',
  'silence',
  'request-timeout',
  'bad-request',
]);
