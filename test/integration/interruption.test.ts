import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.js';
import type { JournalEntry } from '../../src/journal/entries.js';
import { Crash, crashOnce } from './crash.js';
import { CONFIG, GREETING, RICH, RICH_TASK } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { scripted } from './script.js';

const setRich = async (): Promise<Scene> =>
  setScene({
    files: GREETING,
    // `fix` commits on top of a step and of a repair.
    config: `${CONFIG}fix:\n  - ${FIX}\n`,
    tasks: RICH_TASK,
    replies: scripted(RICH),
  });

/** Adds a line to the greeting unless its last line is one. */
const FIX = 'git grep -q fixed -- src/greet.mjs || echo // fixed>> src/greet.mjs';

let undisturbed: ReturnType<typeof runUndisturbed> | undefined;

/** What one undisturbed run makes of it; the tip's tree holds the document with all its facts. */
async function runUndisturbed(): Promise<{ tree: string; labels: string[] }> {
  const scene = await setRich();
  expect(await scene.run()).toMatchObject({ review: 1 });
  const labels = scene.labels('nexus/greet');
  expect(labels).toEqual(['plan', 'step-1', 'step-2', 'fix-0', 'repair-1', 'fix-1', 'documents']);
  return { tree: scene.tree('nexus/greet'), labels };
}

/** Every request without the port of its server. */
const questionsOf = (scene: Scene): string[] => scene.server.requests.map(({ raw }) => raw);

/** What a run ended with: the error, or `done`. */
async function endOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => 'done',
    (error: unknown) => error,
  );
}

async function runToTheEnd(once: () => Promise<boolean>): Promise<number> {
  for (let runs = 1; runs < 200; runs += 1) if (await once()) return runs;
  throw new Error('it never came to an end');
}

async function expectUndisturbed(scene: Scene): Promise<void> {
  undisturbed ??= runUndisturbed();
  const wanted = await undisturbed;
  expect(scene.labels('nexus/greet')).toEqual(wanted.labels);
  expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).toContain('Replies that were not applied: 4.');
  expect(scene.tree('nexus/greet')).toBe(wanted.tree);
  expect((await scene.state('greet')).kind).toBe('review');
}

/** What tells one event or entry of a run from the others, and is the same when the run goes on. */
function signatureOf(told: EngineEvent | JournalEntry): string {
  const about: Readonly<Record<string, unknown>> = { ...told };
  const keys = ['type', 'resumed', 'stage', 'purpose', 'step', 'attempt', 'label', 'on'];
  const number = told.type === 'exchange' ? told.number : told.type === 'reply' ? told.exchange : '';
  const verdict = 'verdict' in told ? told.verdict.kind : '';
  return [...keys.map((key) => String(about[key])), number, verdict].join(' ');
}

describe('a run that is interrupted', () => {
  it('at every event goes on where it stopped, and asks and commits nothing twice', async () => {
    const scene = await setRich();
    const seen = new Set<string>();
    const answered = new Set<string>();
    let worked = 0;
    const runs = await runToTheEnd(async () => {
      const controller = new AbortController();
      const ended = await endOf(
        scene.run({
          signal: controller.signal,
          onEvent: (event) => {
            if (event.type === 'reply' && !event.reused) {
              worked += 1;
              answered.add(scene.server.requests.at(-1)?.raw ?? '');
            }
            const signature = signatureOf(event);
            const isOver = event.type === 'finished' || controller.signal.aborted;
            if (isOver || seen.has(signature)) return;
            seen.add(signature);
            controller.abort(new Error('Ctrl-C'));
          },
        }),
      );
      expect(ended).toBe(controller.signal.aborted ? controller.signal.reason : 'done');
      expect((await scene.state('greet')).kind).not.toBe('needs-attention');
      return ended === 'done';
    });
    expect(runs).toBeGreaterThan(30);
    await expectUndisturbed(scene);
    // Every reply was paid for once.
    expect(answered.size).toBe(worked);
    expect(worked).toBe(11);
  });

  it.each(['before', 'after'] as const)(
    'as by a crash %s every entry of its journal comes to the same end',
    async (when) => {
      const scene = await setRich();
      const seen = new Set<string>();
      const runs = await runToTheEnd(async () => {
        const ended = await endOf(
          scene.run({
            prepare: (workspace) => crashOnce(workspace, when, (entry) => isNew(seen, signatureOf(entry))),
          }),
        );
        if (ended !== 'done' && !(ended instanceof Crash)) throw ended;
        return ended === 'done';
      });
      expect(runs).toBeGreaterThan(25);
      await expectUndisturbed(scene);
      // A reply that is on the disk is kept, also when its entry did not come into the journal.
      const questions = questionsOf(scene);
      const twice = questions.length - new Set(questions).size;
      expect(twice).toBe(0);
    },
  );
});

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
