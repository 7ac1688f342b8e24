import { onTestFinished } from 'vitest';
import type { OpenAiKind } from '../../src/models/openai/preset.js';
import type { Replies, ScriptedChat } from '../support/scripted-ollama.js';
import {
  startScriptedOpenAi,
  type CompletionReply,
  type ScriptedCompletion,
  type ScriptedOpenAi,
  type ScriptedOpenAiOptions,
} from '../support/scripted-openai.js';

/** A server of this kind that answers from a script as the scripted Ollama has it, gone when the test is over. */
export async function startKind(
  kind: OpenAiKind,
  replies: Replies,
  more: Partial<ScriptedOpenAiOptions> = {},
): Promise<ScriptedOpenAi> {
  const server = await startScriptedOpenAi({
    kind,
    replies: (request, index) => toCompletion(replies(readCompletion(request), index)),
    ...more,
  });
  onTestFinished(async () => server.close());
  return server;
}

/** The lines of `.nexus.yml` that put these roles on a server. */
export function rolesOn(
  kind: OpenAiKind | 'ollama',
  url: string,
  roles: readonly string[] = ['overseer', 'coder'],
): string {
  return roles.map((role) => `${role}:\n  backend: ${kind}\n  url: '${url}'\n`).join('');
}

/** What a request asks for, in the words of Ollama's protocol. */
function readCompletion(request: ScriptedCompletion): ScriptedChat {
  const { model, messages, response_format: format, temperature = 0 } = request;
  return { model, messages, format: format?.json_schema?.schema, options: { temperature } };
}

function toCompletion(reply: ReturnType<Replies>): CompletionReply | string | undefined {
  if (reply === undefined || typeof reply === 'string') return reply;
  const { text, json, ending, delayMs, pieceMs, fault } = reply;
  if (fault !== undefined && fault !== 'down') throw new Error(`${fault} is a fault of Ollama`);
  return {
    ...(text === undefined ? {} : { text }),
    ...(json === undefined ? {} : { json }),
    ...(ending === undefined ? {} : { ending }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(pieceMs === undefined ? {} : { pieceMs }),
    ...(fault === undefined ? {} : { fault }),
  };
}
