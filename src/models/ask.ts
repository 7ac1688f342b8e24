import type { ChatMessage, JsonSchema, Role, Usage } from './port.js';

/** What a request is for; also how `nexus log` names it. */
export type Purpose = 'choose-files' | 'plan' | 'code' | 'repair' | 'document';

/** One question to the model of one role. Whoever answers it keeps prompt and reply verbatim. */
export interface Question {
  role: Role;
  purpose: Purpose;
  /** Counts from 1 within one plan, step, repair or document. */
  attempt: number;
  /** Number of the step, for `code`. */
  step?: number;
  messages: readonly ChatMessage[];
  schema?: JsonSchema;
  /** Tokens. */
  maxTokens: number;
  temperature: number;
  seed: number;
  /** Looks at the answer as it grows; a reason ends the request at once. */
  judge?: (textSoFar: string) => string | undefined;
}

export interface Answer {
  text: string;
  /** `stopped`: `judge` ended it. */
  ending: 'stop' | 'length' | 'stopped';
  usage: Usage | undefined;
  /** Number of the kept exchange, for `nexus log`. */
  exchange: number;
}

/**
 * Asks and waits for the whole answer. An answer that this run already has for the same question is given again
 * without a request, so that a killed run does not pay twice.
 * @throws ModelError; the abort reason.
 */
export type Ask = (question: Question) => Promise<Answer>;
