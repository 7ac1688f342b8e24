import { describe, expect, it } from 'vitest';
import { findCacheFolder } from '../../src/config/user-folder.js';
import { createKnownAnswers, type KnownAnswers } from '../../src/engine/known-answers.js';
import type { Question } from '../../src/models/ask.js';
import { answersFolder, openResponseCache } from '../../src/models/cache/response-cache.js';
import type { Backend, Model, Usage } from '../../src/models/port.js';

const never = new AbortController().signal;
const USAGE: Usage = {
  promptTokens: 1,
  reusedTokens: undefined,
  answerTokens: 1,
  loadMs: undefined,
  promptMs: undefined,
  answerMs: undefined,
  totalMs: 1,
};
const ANSWER = { text: 'Yes.', usage: USAGE };
const QUESTION: Question = {
  role: 'coder',
  purpose: 'code',
  attempt: 1,
  messages: [{ role: 'user', content: 'Please.' }],
  maxTokens: 10,
  temperature: 0,
  seed: 1,
};

function unused(): never {
  throw new Error('not to be asked');
}

const MODEL: Model = { role: 'coder', name: 'c', contextTokens: 4096, chat: unused };

function createAnswers(digest: Backend['digest']): KnownAnswers {
  const backend: Backend = {
    kind: 'ollama',
    label: 'a server',
    version: unused,
    installed: unused,
    model: unused,
    ...(digest === undefined ? {} : { digest }),
  };
  const known = createKnownAnswers({
    backends: { overseer: backend, coder: backend },
    cache: openResponseCache(answersFolder(findCacheFolder())),
  });
  if (known === undefined) throw new Error('there is a cache');
  return known;
}

describe('the answers of earlier runs, for one task', () => {
  it('ask once which model it is, and not at all for what is drawn by chance', async () => {
    const asked: string[] = [];
    const known = createAnswers(async (name) => {
      asked.push(name);
      return 'abc';
    });
    const sampled = { ...QUESTION, temperature: 0.2 };
    await known.keep(sampled, MODEL, ANSWER, never);
    expect(await known.find(sampled, MODEL, never)).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await known.find(QUESTION, MODEL, never)).toBeUndefined();
    await known.keep(QUESTION, MODEL, ANSWER, never);
    expect(await known.find(QUESTION, MODEL, never)).toEqual(ANSWER);
    expect(asked).toEqual(['c']);
  });

  it.each<[string, Backend['digest']]>([
    ['can’t name a digest', undefined],
    ['names none', async () => undefined],
  ])('are none where a server %s', async (_, digest) => {
    const known = createAnswers(digest);
    expect(await known.keep(QUESTION, MODEL, ANSWER, never)).toBeUndefined();
    expect(await known.find(QUESTION, MODEL, never)).toBeUndefined();
  });

  it('leave it to the request to say what is wrong with the server, and ask again', async () => {
    let isDown = true;
    const known = createAnswers(async () => {
      if (isDown) throw new Error('not running');
      return 'abc';
    });
    expect(await known.find(QUESTION, MODEL, never)).toBeUndefined();
    isDown = false;
    await known.keep(QUESTION, MODEL, ANSWER, never);
    expect(await known.find(QUESTION, MODEL, never)).toEqual(ANSWER);
  });

  it('end with the run', async () => {
    const stop = new AbortController();
    const known = createAnswers(async () => {
      stop.abort(new Error('stopped'));
      throw new Error('the question was ended');
    });
    await expect(known.find(QUESTION, MODEL, stop.signal)).rejects.toThrow('stopped');
  });
});
