import type { Question } from '../models/ask.js';
import type { KnownAnswer } from '../models/cache/answer-file.js';
import { requestKey } from '../models/cache/request-key.js';
import type { ResponseCache } from '../models/cache/response-cache.js';
import type { Model } from '../models/port.js';
import type { Crew } from './models.js';

/** Answers that earlier runs got to the very same questions, of this repository or another. */
export interface KnownAnswers {
  /** What `model` answered; sends nothing to it. @throws the reason of `signal` */
  find(question: Question, model: Model, signal: AbortSignal): Promise<KnownAnswer | undefined>;
  /** Keeps a complete answer. Returns why nothing can be kept from now on; once. */
  keep(
    question: Question,
    model: Model,
    answer: KnownAnswer,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

/** The answers for one task: whether a model is still the same one is asked once for each. Undefined without a cache. */
export function createKnownAnswers({
  backends,
  cache,
}: Pick<Crew, 'backends' | 'cache'>): KnownAnswers | undefined {
  return cache === undefined ? undefined : createFrom(backends, cache);
}

function createFrom(backends: Crew['backends'], cache: ResponseCache): KnownAnswers {
  const digests = new Map<Model, string | undefined>();

  /** Undefined: nothing tells the model from the next of its name. */
  async function digestOf(model: Model, signal: AbortSignal): Promise<string | undefined> {
    if (digests.has(model)) return digests.get(model);
    try {
      digests.set(model, await backends[model.role].digest?.(model.name, signal));
    } catch {
      // What is wrong with the server is told where it is asked for an answer.
      signal.throwIfAborted();
    }
    return digests.get(model);
  }

  async function keyOf(question: Question, model: Model, signal: AbortSignal): Promise<string | undefined> {
    if (question.temperature !== 0) return undefined;
    const digest = await digestOf(model, signal);
    if (digest === undefined) return undefined;
    return requestKey(question, { kind: backends[model.role].kind, digest, model });
  }

  return {
    async find(question, model, signal) {
      const key = await keyOf(question, model, signal);
      return key === undefined ? undefined : cache.read(key);
    },
    async keep(question, model, answer, signal) {
      const key = await keyOf(question, model, signal);
      return key === undefined ? undefined : cache.write(key, answer);
    },
  };
}
