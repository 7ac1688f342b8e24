import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isWaiting, sendRequest } from '../../../src/engine/worker/inbox.js';
import { openWorker, type Worker } from '../../../src/engine/worker/open-worker.js';
import { readWorker } from '../../../src/engine/worker/state.js';
import { openWorkspace } from '../../../src/engine/workspace.js';
import { createTempRepository } from '../../support/temp-repository.js';
import { runRequest, until } from './scene.js';

async function open(): Promise<{ worker: Worker; commonDir: string; key: string }> {
  const repository = createTempRepository();
  onTestFinished(() => repository.dispose());
  repository.write('tasks.yml', 'tasks:\n  - id: login\n    title: Log in\n');
  const workspace = await openWorkspace(repository.path);
  const worker = await openWorker(workspace, {
    mode: 'run',
    sink: () => undefined,
    signal: new AbortController().signal,
  });
  const { commonDir } = worker;
  await until(async () => (await readWorker(commonDir)) !== undefined);
  const key = (await readWorker(commonDir))?.key ?? '';
  return { worker, commonDir, key };
}

const about = { task: 'login', hash: 'h', root: '/somewhere' };

describe('a worker', () => {
  it('retires only when nothing that it took is left to do, and takes nothing from then on', async () => {
    const { worker, commonDir, key } = await open();
    const first = await sendRequest(commonDir, key, runRequest());
    await until(() => worker.hasRequest());
    expect(await worker.retire()).toBe(false);
    expect(worker.nextRequest()).toMatchObject({ id: first });
    const second = await sendRequest(commonDir, key, runRequest());
    // It goes on taking what comes.
    await until(() => worker.hasRequest());
    expect(worker.nextRequest()).toMatchObject({ id: second });
    expect(await worker.retire()).toBe(true);
    const third = (await sendRequest(commonDir, key, runRequest())) ?? '';
    await worker.close();
    expect(worker.hasRequest()).toBe(false);
    expect(await isWaiting(commonDir, key, third)).toBe(true);
    expect(await readWorker(commonDir)).toBeUndefined();
  });

  it('that lost its lock ends what it does and begins nothing', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { worker, commonDir } = await open();
    const control = worker.controls.start(about);
    expect(worker.controls.active()).toEqual([about]);
    rmSync(join(commonDir, 'nexus', 'lock'));
    vi.advanceTimersByTime(20_000);
    await until(() => control.abort.aborted);
    expect(control.signal.reason).toMatchObject({ code: 'lock-lost' });
    expect(() => worker.controls.start(about)).toThrow(/was deleted or taken over/);
    await worker.close();
  });
});
