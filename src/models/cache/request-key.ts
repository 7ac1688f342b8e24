import { createHash } from 'node:crypto';
import { NEXUS_VERSION } from '../../version.js';
import type { Question } from '../ask.js';
import type { BackendKind, Model } from '../port.js';
import { SAMPLING } from '../stream-answer.js';

/** What an answer depends on besides the question. */
export interface AskedModel {
  kind: BackendKind;
  /** Of the model's content: a name may mean another model tomorrow. */
  digest: string;
  model: Model;
}

/**
 * Names an answer by everything that it depends on, as SHA-256 in hex; undefined for a question whose answer is drawn by
 * chance. Without the seed: at temperature 0 nothing is drawn. With the version of Nexus: what a backend adds to a
 * request may be another in the next one.
 */
export function requestKey(question: Question, { kind, digest, model }: AskedModel): string | undefined {
  const { role, messages, schema, maxTokens, temperature } = question;
  if (temperature !== 0) return undefined;
  const request = {
    nexus: NEXUS_VERSION,
    kind,
    digest,
    context: model.contextTokens,
    thinking: model.thinking,
    role,
    sampling: SAMPLING[role],
    messages: messages.map((message) => [message.role, message.content]),
    schema,
    maxTokens,
  };
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
