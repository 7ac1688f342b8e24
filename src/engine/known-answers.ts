import type { Question } from '../models/ask.js';
import type { KnownAnswer } from '../models/cache/answer-file.js';
import { requestKey } from '../models/cache/request-key.js';
import type { ResponseCache } from '../models/cache/response-cache.js';
import type { Role } from '../models/port.js';
import type { Crew } from './models.js';

/** Answers that earlier runs got to the very same questions, of this repository or another. */
export interface KnownAnswers {
  /** Sends nothing to a model. @throws the reason of `signal` */
  find(question: Question, signal: AbortSignal): Promise<KnownAnswer | undefined>;
  /** Keeps a complete answer. Returns why nothing can be kept from now on; once. */
  keep(question: Question, answer: KnownAnswer, signal: AbortSignal): Promise<string | undefined>;
}

/** The answers for one task: whether a model is still the same one is asked once for each. Undefined without a cache. */
export function createKnownAnswers({ backends, models, cache }: Crew): KnownAnswers | undefined {
  if (cache === undefined) return undefined;
  return createFrom({ backends, models, cache });
}

function createFrom({ backends, models, cache }: Crew & { cache: ResponseCache }): KnownAnswers {
  const digests = new Map<Role, string | undefined>();

  /** Undefined: nothing tells the model from the next of its name. */
  async function digestOf(role: Role, signal: AbortSignal): Promise<string | undefined> {
    if (digests.has(role)) return digests.get(role);
    try {
      digests.set(role, await backends[role].digest?.(models[role].name, signal));
    } catch {
      // What is wrong with the server is told where it is asked for an answer.
      signal.throwIfAborted();
    }
    return digests.get(role);
  }

  async function keyOf(question: Question, signal: AbortSignal): Promise<string | undefined> {
    if (question.temperature !== 0) return undefined;
    const { role } = question;
    const digest = await digestOf(role, signal);
    if (digest === undefined) return undefined;
    return requestKey(question, { kind: backends[role].kind, digest, model: models[role] });
  }

  return {
    async find(question, signal) {
      const key = await keyOf(question, signal);
      return key === undefined ? undefined : cache.read(key);
    },
    async keep(question, answer, signal) {
      const key = await keyOf(question, signal);
      return key === undefined ? undefined : cache.write(key, answer);
    },
  };
}
