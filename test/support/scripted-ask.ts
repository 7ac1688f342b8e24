import type { Answer, Ask, Question } from '../../src/models/ask.js';

/** What the model says to one question: the text, or the text with how it ended. */
export type ScriptedReply = string | { text: string; ending: Answer['ending'] };

export interface ScriptedAsk {
  ask: Ask;
  /** Everything that was asked, in order. */
  readonly questions: Question[];
}

/**
 * An `Ask` whose answers are given beforehand, one per question. It fails when it is asked more than it has: a loop that
 * does not end must not look like one that does.
 */
export function scriptAsk(...replies: readonly ScriptedReply[]): ScriptedAsk {
  const questions: Question[] = [];
  const ask: Ask = (question) => {
    const reply = replies[questions.length];
    questions.push(question);
    if (reply === undefined) {
      const said = `question ${questions.length} (${question.role}, ${question.purpose}, attempt ${question.attempt})`;
      return Promise.reject(new Error(`The script has ${replies.length} replies and none for ${said}.`));
    }
    const { text, ending } = typeof reply === 'string' ? { text: reply, ending: 'stop' as const } : reply;
    return Promise.resolve({ text, ending, usage: undefined, exchange: questions.length });
  };
  return { ask, questions };
}

/** What the user says in the last message of a question. */
export function lastWords(question: Question | undefined): string {
  return question?.messages.at(-1)?.content ?? '';
}
