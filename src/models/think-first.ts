import type { ChatEvent, ChatRequest, Model, Usage } from './port.js';
import { estimateTokens } from './token-estimate.js';

/** What follows the free answer: the model has thought, now only the form is missing. */
const ASK_FOR_FORM = 'Now write this answer as the JSON that was asked for, and nothing else.';

/**
 * A model that thinks. Under a schema servers drop its thinking, or the schema (reference §4): so a question under a
 * schema is two requests, one in which it thinks and answers freely, all of that shown as thinking, and one without
 * thinking that puts the answer into its form. `plain` is the same model told not to think; a model that cannot think
 * is asked only through that one.
 */
export function thinkFirst(thinking: Model, plain: Model): Model {
  const { role, name, contextTokens } = thinking;
  return {
    ...plain,
    role,
    name,
    contextTokens,
    thinking: thinking.thinking,
    async *chat(request, signal) {
      const canThink = thinking.thinks === undefined || (await thinking.thinks(signal));
      if (!canThink) yield* plain.chat(request, signal);
      else if (request.schema === undefined) yield* thinking.chat(request, signal);
      else yield* chatTwice(thinking, plain, request, signal);
    },
  };
}

async function* chatTwice(
  thinking: Model,
  plain: Model,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { schema: _schema, ...free } = request;
  let draft = '';
  let first: Usage | undefined;
  for await (const event of thinking.chat(free, signal)) {
    if (event.type === 'retrying') draft = '';
    if (event.type === 'text') draft += event.text;
    if (event.type === 'done') first = event.usage;
    else yield event.type === 'text' ? { type: 'thinking', text: event.text } : event;
  }
  const second: ChatRequest = {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: draft },
      { role: 'user', content: ASK_FOR_FORM },
    ],
    estimatedTokens: request.estimatedTokens + estimateTokens(draft) + estimateTokens(ASK_FOR_FORM),
  };
  for await (const event of plain.chat(second, signal)) {
    yield event.type === 'done' ? { ...event, usage: addUsage(first, event.usage) } : event;
  }
}

/** What both requests cost; the prompt is counted as the first had it, so that estimates can learn from it. */
function addUsage(first: Usage | undefined, second: Usage): Usage {
  if (first === undefined) return second;
  const add = (one: number | undefined, other: number | undefined): number | undefined =>
    one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
  return {
    promptTokens: first.promptTokens,
    reusedTokens: first.reusedTokens,
    answerTokens: add(first.answerTokens, second.answerTokens),
    loadMs: add(first.loadMs, second.loadMs),
    promptMs: add(first.promptMs, second.promptMs),
    answerMs: add(first.answerMs, second.answerMs),
    totalMs: first.totalMs + second.totalMs,
  };
}
