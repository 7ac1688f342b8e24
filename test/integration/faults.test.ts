import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/engine/run.js';
import { ModelError } from '../../src/models/model-error.js';
import type { ModelFault } from '../../src/models/port.js';
import { faultAt, SCRIPTED_FAULTS, type Replies, type ScriptedFault } from '../support/scripted-ollama.js';
import { GREETING, ONE_STEP, RICH_TASK } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { plan, readQuestion, scripted } from './script.js';

const LIMITS = 'limits: { first_token: 0.3, silence: 0.1 }\n';
const SCRIPT = { ...ONE_STEP, 'choose-files': { json: { files: ['src/greet.mjs'] } } };
const QUESTIONS = ['choose-files', 'plan', 'step', 'notes'];

/** Without checks, whose share of the time is the largest: the run ends as `unverified`. */
const setFaulty = async (replies: Replies): Promise<Scene> =>
  setScene({ files: GREETING, config: LIMITS, tasks: RICH_TASK, replies });

let undisturbed: Promise<string> | undefined;

async function runUndisturbed(): Promise<string> {
  const scene = await setFaulty(scripted(SCRIPT));
  await scene.run();
  expect(scene.server.requests.map((chat) => readQuestion(chat).kind)).toEqual(QUESTIONS);
  return scene.tree('nexus/greet');
}

const FAULTS = Object.keys(SCRIPTED_FAULTS).filter((name): name is ScriptedFault => name in SCRIPTED_FAULTS);
/** With these no other task would fare better: the run ends with the error. */
const ENDS_THE_RUN = new Set<ModelFault>([
  'not-running',
  'unauthorised',
  'model-missing',
  'busy',
  'connection-lost',
  'first-token-timeout',
]);

/** What passes: see passing-faults.test.ts. */
describe('a model server that fails for good', () => {
  // Without an answer to the last question, the words about a change that is checked: see below.
  it.each(QUESTIONS.slice(0, -1).map((kind, at) => ({ kind, at })))(
    'in every way at request $at ($kind): the task waits for the next run, which goes on',
    async ({ at }) => {
      /** Distinct questions in the order in which they came first, and how often each was answered. */
      const questions: string[] = [];
      const answers: number[] = [];
      let fault: ScriptedFault | undefined;
      const answer = scripted(SCRIPT);
      const scene = await setFaulty((chat, index) => {
        const question = JSON.stringify([chat.messages, chat.options]);
        if (!questions.includes(question)) questions.push(question);
        const number = questions.indexOf(question);
        if (number >= at && fault !== undefined) return faultAt(index, fault, answer)(chat, index);
        answers[number] = (answers[number] ?? 0) + 1;
        return answer(chat, index);
      });
      for (fault of FAULTS) {
        const { is } = SCRIPTED_FAULTS[fault];
        const ended = { fault, endedWith: await faultOf(scene.run()), ...(await scene.state('greet')) };
        expect(ended).toMatchObject({
          fault,
          endedWith: ENDS_THE_RUN.has(is) ? is : undefined,
          kind: 'needs-attention',
          reason: 'model-trouble',
          detail: expect.stringContaining('. '),
        });
        if (fault === 'down') await scene.server.up();
      }
      expect(questions).toHaveLength(at + 1);
      fault = undefined;
      expect(await scene.run()).toMatchObject({ needsAttention: 1 });
      expect(await scene.state('greet')).toMatchObject({ reason: 'unverified' });
      expect(answers).toEqual(QUESTIONS.map(() => 1));
      expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
      undisturbed ??= runUndisturbed();
      // The notice about a prompt that was too long stands in the packet, not in the document.
      expect(scene.tree('nexus/greet')).toBe(await undisturbed);
    },
  );

  it('only while it writes the documents: the branch is done without the words', async () => {
    const answer = scripted(SCRIPT);
    const scene = await setFaulty((chat, index) =>
      readQuestion(chat).kind === 'notes'
        ? faultAt(index, 'server-error', answer)(chat, index)
        : answer(chat, index),
    );
    await scene.run();
    expect(await scene.state('greet')).toMatchObject({ reason: 'unverified' });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    const text = scene.show('nexus/greet', 'docs/nexus/greet.md') ?? '';
    expect(text).toContain('## Facts');
    expect(text).not.toContain('## What changed');
    expect(scene.told('notice').map(({ message }) => message)).toEqual([
      expect.stringContaining('Not all of the documents could be written: Ollama at'),
    ]);
  });

  it('at a later document keeps the words that were written before', async () => {
    const script = {
      ...SCRIPT,
      plan: plan([{ title: 'Say hello in greet', files: ['src/greet.mjs'] }], { documents: ['guide.md'] }),
    };
    const answer = scripted(script);
    const scene = await setFaulty((chat, index) =>
      readQuestion(chat).kind === 'update'
        ? faultAt(index, 'out-of-memory', answer)(chat, index)
        : answer(chat, index),
    );
    await scene.run();
    expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).toContain('## What changed');
    expect(scene.show('nexus/greet', 'guide.md')).toBe(GREETING['guide.md'].trimEnd());
  });

  it('stops the queue when no other task would fare better, and else goes on with the next task', async () => {
    const tasks = `${RICH_TASK}  - id: second\n    title: Say more\n    files: [src/main.mjs]\n`;
    const answer = scripted(SCRIPT);
    for (const [fault, ended] of [
      ['model-missing', ['greet']],
      ['server-error', ['greet', 'second']],
    ] as const) {
      const scene = await setScene({
        files: GREETING,
        tasks,
        replies: (chat, index) => faultAt(index, fault, answer)(chat, index),
      });
      await faultOf(scene.run());
      expect(scene.told('task-ended').map(({ task }) => task)).toEqual(ended);
    }
  });
});

/** The fault that the run ended with; undefined when only the task did. */
async function faultOf(run: Promise<RunSummary>): Promise<string | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error.fault;
    throw error;
  }
}
