import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readDecisionMessage, readDecisions } from '../../src/journal/decisions.js';
import { readHistory } from '../../src/journal/history.js';
import type { ReviewInput } from '../../src/review/packet.js';
import { rejectTask } from '../../src/review/reject.js';
import { BRANCH, createReviewed, createScene, type Scene } from './scene.js';

let scene: Scene;
afterEach(() => scene.dispose());

const reject = async (values: Partial<ReviewInput> = {}, message?: string) =>
  rejectTask({ ...(await scene.input()), ...values }, { message });
const part = (text: string): string => expect.stringContaining(text);

describe('rejecting', () => {
  it('remembers the decision, keeps the work and takes the branch off the list', async () => {
    scene = await createReviewed();
    const tip = scene.tip() ?? '';
    expect(await reject({}, 'Use the form we have')).toEqual({
      task: 'add-login',
      branch: BRANCH,
      tip,
      history: 'refs/nexus/history/add-login/1',
      removed: { kind: 'deleted' },
    });
    expect(scene.tip()).toBeUndefined();
    expect(await readHistory(scene.repository, 'add-login')).toMatchObject([{ tip }]);
    expect(await scene.state()).toEqual({ kind: 'rejected', tip });
    const decision = { task: 'add-login', taskHash: scene.task.hash };
    expect(await readDecisionMessage(scene.repository, decision)).toBe('Use the form we have');
    expect(scene.temp.git(['status', '--porcelain'])).toBe('');
    expect(scene.temp.git(['rev-parse', 'main'])).toBe(scene.base);
  });

  it('takes a plan that waits for approval and an interrupted run, too', async () => {
    scene = await createScene();
    await scene.work('plan', [{ kind: 'create', path: 'plan.md', newText: 'plan\n' }]);
    scene.journal.push({ type: 'waits-for-approval' });
    expect(await reject()).toMatchObject({ removed: { kind: 'deleted' } });
    scene.dispose();
    scene = await createScene();
    await scene.work('plan', [{ kind: 'create', path: 'plan.md', newText: 'plan\n' }]);
    expect(await scene.state()).toEqual({ kind: 'ready', why: 'interrupted' });
    expect(await reject()).toMatchObject({ removed: { kind: 'deleted' } });
  });

  it('leaves a branch that somebody committed to', async () => {
    scene = await createReviewed();
    scene.temp.git(['switch', '--quiet', BRANCH]);
    scene.temp.commit('By hand', { 'by-hand.txt': 'x\n' });
    scene.temp.git(['switch', '--quiet', 'main']);
    const tip = scene.tip();
    const result = await reject();
    expect(result).toMatchObject({ tip, removed: { kind: 'kept', because: part('Nexus did not write') } });
    expect(scene.tip()).toBe(tip);
    expect(await scene.state()).toMatchObject({ kind: 'rejected' });
  });

  it('leaves a branch that is checked out', async () => {
    scene = await createReviewed();
    const linked = join(scene.temp.folder, 'linked');
    scene.temp.git(['worktree', 'add', '--quiet', linked, BRANCH]);
    expect(await reject()).toMatchObject({ removed: { kind: 'kept', because: part(linked) } });
    expect(scene.tip()).toBeDefined();
  });

  it('leaves a branch whose base is not known', async () => {
    scene = await createReviewed();
    scene.temp.git(['switch', '--quiet', '--detach']);
    const tip = scene.tip();
    const state = { kind: 'needs-attention', reason: 'unverified', detail: '', tip } as const;
    expect(await reject({ record: undefined, state })).toMatchObject({ removed: { kind: 'kept' } });
  });

  it.each([
    [{ kind: 'accepted', tip: 'x' }, 'accepted already'],
    [{ kind: 'rejected', tip: 'x' }, 'rejected already'],
    [{ kind: 'ready', why: 'changed' }, 'its text in tasks.yml has changed'],
    [{ kind: 'documenting' }, 'being worked on (documenting)'],
  ] as const)('refuses %o', async (state, message) => {
    scene = await createReviewed();
    await expect(reject({ state })).rejects.toMatchObject({
      code: 'nothing-to-reject',
      exitCode: 1,
      message: part(message),
    });
    expect(await readDecisions(scene.repository)).toEqual([]);
    expect(scene.tip()).toBeDefined();
  });

  it('refuses a task without a branch and says how to put it off', async () => {
    scene = await createScene();
    const state = { kind: 'ready', why: 'new' } as const;
    await expect(reject({ state, record: undefined })).rejects.toMatchObject({
      code: 'nothing-to-reject',
      message: part('no branch'),
      remedy: part('status: paused'),
    });
  });
});
