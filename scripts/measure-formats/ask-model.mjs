import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import { resolveOllamaAddress } from '../../build/models/ollama/address.js';

/** As the product asks its Coder at the first attempt. */
const OPTIONS = { num_predict: 2048, temperature: 0, seed: 1, top_p: 0.8, top_k: 20, repeat_penalty: 1.05 };

/** A slow machine reads a prompt for longer than the default five minutes. */
const PATIENT = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** One request; what the server said, verbatim, with its own counts. Times in ms. */
export async function askModel({ messages, schema }, { model, context, threads }) {
  const options = { num_ctx: context, ...OPTIONS };
  const body = {
    model,
    stream: false,
    keep_alive: '30m',
    truncate: false,
    shift: false,
    messages,
    ...(schema === undefined ? {} : { format: schema }),
    options: { ...options, ...(threads === undefined ? {} : { num_thread: threads }) },
  };
  const answer = await fetch(new URL('/api/chat', addressOf()), {
    method: 'POST',
    body: JSON.stringify(body),
    dispatcher: PATIENT,
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  const said = await answer.json();
  if (process.env.MEASURE_LOG !== undefined) {
    appendFileSync(
      process.env.MEASURE_LOG,
      `${JSON.stringify({ options: { model, ...options }, schema, messages, reply: said.message.content })}\n`,
    );
  }
  return {
    kind: schema === undefined ? 'code' : 'targets',
    reply: said.message.content,
    ending: said.done_reason,
    promptTokens: said.prompt_eval_count,
    answerTokens: said.eval_count,
    promptMs: Math.round(said.prompt_eval_duration / 1e6),
    answerMs: Math.round(said.eval_duration / 1e6),
  };
}

export async function askVersion() {
  const answer = await fetch(new URL('/api/version', addressOf()));
  return `Ollama ${(await answer.json()).version}`;
}

/** Equal keys are the same question, so that a measurement that was interrupted goes on. */
export function keyOf(first, { model, context }) {
  return createHash('sha256')
    .update(JSON.stringify([first, model, context, OPTIONS]))
    .digest('hex')
    .slice(0, 16);
}

function addressOf() {
  return resolveOllamaAddress(undefined, process.env, { allowRemote: false });
}
