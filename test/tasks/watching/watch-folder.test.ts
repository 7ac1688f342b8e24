import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readFolderState } from '../../../src/tasks/watching/folder-state.js';
import { watchFolder } from '../../../src/tasks/watching/watch-folder.js';
import { createTempRepository } from '../../support/temp-repository.js';
import { Cleanup, recordFolder, scriptedEvents, systemError, until } from './fixture.js';

vi.mock('../../../src/tasks/watching/folder-state.js', { spy: true });

const cleanup = new Cleanup();
beforeEach(() => {
  vi.stubEnv('CHOKIDAR_USEPOLLING', undefined);
  vi.stubEnv('CHOKIDAR_INTERVAL', undefined);
});
afterEach(() => cleanup.run());

describe.each([
  ['with events', false],
  ['polling', true],
])('a folder, %s', (_, polling) => {
  test.each(['plain', 'with blank', 'ünïcode (x) [y] {z} * ? !', 'dot.', 'quote\'"'])(
    'called %s: its named entries are told, others not',
    async (called) => {
      const folder = join(cleanup.folder(), called);
      mkdirSync(folder);
      const watch = await recordFolder(cleanup, folder, ['HEAD', 'index'], { polling });
      expect(watch.polling).toBe(polling);
      writeFileSync(join(folder, 'HEAD.lock'), 'ref: a');
      writeFileSync(join(folder, 'other'), 'x');
      renameSync(join(folder, 'HEAD.lock'), join(folder, 'HEAD'));
      await until(() => watch.events.includes('HEAD'));
      writeFileSync(join(folder, 'index'), 'x');
      await until(() => watch.events.includes('index'));
      expect(new Set(watch.events)).toEqual(new Set(['HEAD', 'index']));
    },
  );

  test('all its entries are told when no names are given, also those that look like an editor’s', async () => {
    const folder = cleanup.folder();
    writeFileSync(join(folder, 'old'), 'x');
    const watch = await recordFolder(cleanup, folder, undefined, { polling });
    for (const name of ['1.json', '2.json', 'x~', '.y.swp']) writeFileSync(join(folder, name), '{}');
    await until(() => watch.events.includes('.y.swp') && watch.events.includes('x~'));
    unlinkSync(join(folder, 'old'));
    await until(() => watch.events.includes('old'));
    expect(new Set(watch.events)).toEqual(new Set(['1.json', '2.json', 'x~', '.y.swp', 'old']));
    expect(watch.troubles).toEqual([]);
  });

  test('another content of the same length with the old times', async () => {
    const folder = cleanup.folder();
    const file = join(folder, 'a');
    const old = new Date(1_600_000_000_000);
    writeFileSync(file, 'one');
    utimesSync(file, old, old);
    const watch = await recordFolder(cleanup, folder, ['a'], { polling });
    // Longer than a file system's clock stands still.
    await wait(20);
    writeFileSync(file, 'two');
    utimesSync(file, old, old);
    await until(() => watch.events.includes('a'));
    expect(new Set(watch.events)).toEqual(new Set(['a']));
  });

  test('HEAD and index of a repository', async () => {
    const repository = createTempRepository();
    cleanup.add(() => repository.dispose());
    const watch = await recordFolder(cleanup, join(repository.path, '.git'), ['HEAD', 'index'], { polling });
    repository.git(['checkout', '-q', '-b', 'other']);
    await until(() => watch.events.includes('HEAD'));
    repository.commit('Two', { 'a.txt': 'a' });
    await until(() => watch.events.includes('index'));
    expect(new Set(watch.events)).toEqual(new Set(['HEAD', 'index']));
  });

  test('a name that is a folder, a broken link, a link to a folder, a file again', async () => {
    const folder = cleanup.folder();
    const name = join(folder, 'tasks.yml');
    const watch = await recordFolder(cleanup, folder, ['tasks.yml'], { polling, timings: { lookMs: 30 } });
    let seen = 0;
    const told = async (change: () => void): Promise<void> => {
      seen = watch.events.length;
      change();
      await until(() => watch.events.length > seen);
    };
    await told(() => mkdirSync(name));
    await told(() => rmSync(name, { recursive: true }));
    await told(() => symlinkSync('nowhere', name));
    await told(() => unlinkSync(name));
    await told(() => symlinkSync('.', name));
    await told(() => (unlinkSync(name), writeFileSync(name, 'a')));
    await told(() => writeFileSync(name, 'b'));
    expect(watch.troubles).toEqual([]);
  });

  test('a folder whose place a file takes', async () => {
    const folder = cleanup.folder();
    mkdirSync(join(folder, 'a'));
    const watch = await recordFolder(cleanup, folder, ['a'], { polling });
    rmSync(join(folder, 'a'), { recursive: true });
    writeFileSync(join(folder, 'a'), 'x');
    await until(() => watch.events.includes('a'));
    expect(watch.troubles).toEqual([]);
  });

  test('a link: changes and replacements of its target, and of itself', async () => {
    const folder = cleanup.folder();
    const outside = cleanup.folder();
    for (const name of ['a', 'b']) writeFileSync(join(outside, name), name);
    symlinkSync(join(outside, 'a'), join(folder, 'HEAD'));
    const watch = await recordFolder(cleanup, folder, ['HEAD'], { polling });
    const told = async (change: () => void): Promise<void> => {
      const seen = watch.events.length;
      change();
      await until(() => watch.events.length > seen);
    };
    await told(() => appendFileSync(join(outside, 'a'), '2'));
    await told(() => {
      writeFileSync(join(outside, 'new'), 'a3');
      renameSync(join(outside, 'new'), join(outside, 'a'));
    });
    await told(() => (unlinkSync(join(outside, 'a')), writeFileSync(join(outside, 'a'), 'a4')));
    await told(() => {
      symlinkSync(join(outside, 'b'), join(folder, 'link.new'));
      renameSync(join(folder, 'link.new'), join(folder, 'HEAD'));
    });
    // The target of now counts as soon as the look at the new link has ended.
    await vi.waitFor(
      async () => {
        const seen = watch.events.length;
        appendFileSync(join(outside, 'b'), '2');
        await until(() => watch.events.length > seen, 200);
      },
      { timeout: 20_000 },
    );
    expect(new Set(watch.events)).toEqual(new Set(['HEAD']));
  });

  test('reached through a link', async () => {
    const around = cleanup.folder();
    mkdirSync(join(around, 'real'));
    symlinkSync('real', join(around, 'link'));
    const watch = await recordFolder(cleanup, join(around, 'link'), ['a'], { polling });
    writeFileSync(join(around, 'real', 'a'), 'x');
    await until(() => watch.events.includes('a'));
    expect(watch.events.every((name) => name === 'a')).toBe(true);
  });

  test('renamed away and back, it goes on', async () => {
    const folder = join(cleanup.folder(), 'work');
    mkdirSync(folder);
    const options = { polling, timings: { goneMs: 60_000, lookMs: 30 } };
    const watch = await recordFolder(cleanup, folder, ['a'], options);
    vi.mocked(readFolderState).mockClear();
    renameSync(folder, `${folder}-away`);
    await until(() => vi.mocked(readFolderState).mock.calls.length > 2);
    renameSync(`${folder}-away`, folder);
    writeFileSync(join(folder, 'a'), 'x');
    await until(() => watch.events.includes('a'));
    expect(watch.gone).toBe(0);
  });

  test('replaced by another one, it goes on with that', async () => {
    const folder = join(cleanup.folder(), 'work');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'x');
    const watch = await recordFolder(cleanup, folder, ['a', 'b'], { polling });
    renameSync(folder, `${folder}-old`);
    mkdirSync(folder);
    await until(() => watch.events.includes('a'));
    writeFileSync(join(folder, 'b'), 'x');
    await until(() => watch.events.includes('b'));
    expect([watch.gone, watch.troubles]).toEqual([0, []]);
  });

  test('removed for good, that is told once and the watch has ended', async () => {
    const folder = join(cleanup.folder(), 'work');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'x');
    const watch = await recordFolder(cleanup, folder, ['a'], { polling });
    rmSync(folder, { recursive: true });
    await until(() => watch.gone === 1);
    const told = watch.events.length;
    mkdirSync(folder);
    writeFileSync(join(folder, 'a'), 'x');
    await wait(100);
    expect([watch.gone, watch.events.length, watch.troubles]).toEqual([1, told, []]);
    await watch.close();
  });
});

describe('a large folder', () => {
  test('is looked at by names only beyond a number of entries', async () => {
    const folder = cleanup.folder();
    for (let n = 0; n < 1100; n += 1) writeFileSync(join(folder, `${n}`), '');
    const state = await readFolderState(folder, undefined);
    const signatures = [...(state?.signatures.values() ?? [])];
    expect([signatures.length, signatures.filter((value) => value === 'there').length]).toEqual([1100, 100]);
  });
});

describe('what events miss', () => {
  test('is seen by looking', async () => {
    const folder = cleanup.folder();
    const script = scriptedEvents();
    const watch = await recordFolder(cleanup, folder, ['a'], {
      openEvents: script.open,
      timings: { lookMs: 20 },
    });
    writeFileSync(join(folder, 'a'), 'x');
    await until(() => watch.events.length > 0);
    await wait(80);
    expect([watch.events, watch.polling]).toEqual([['a'], false]);
  });

  test('names are the same whatever their case and Unicode form', async () => {
    const folder = cleanup.folder();
    const script = scriptedEvents();
    const names = ['tasks.yml', 'caf\u00e9.yml'];
    const watch = await recordFolder(cleanup, folder, names, { openEvents: script.open });
    const source = script.opened[0]!;
    expect(['Tasks.YML', 'cafe\u0301.yml', 'tasks.yaml'].map(source.accepts)).toEqual([true, true, false]);
    source.listener.onName('Tasks.YML');
    source.listener.onName('cafe\u0301.yml');
    await until(() => watch.events.length === 2);
    expect(watch.events).toEqual(names);
  });
});

describe('trouble', () => {
  test('an error of the events is told once, and they are opened again', async () => {
    const folder = cleanup.folder();
    const script = scriptedEvents();
    const watch = await recordFolder(cleanup, folder, ['a'], { openEvents: script.open });
    for (let n = 0; n < 3; n += 1) {
      script.opened[n]?.listener.onError(new Error('the watcher broke'));
      writeFileSync(join(folder, 'a'), String(n));
      await until(() => watch.events.length > n && script.opened.length > n + 1);
    }
    expect(watch.troubles.map(({ code, message, exitCode }) => [code, message, exitCode])).toEqual([
      ['watch-trouble', `Watching ${folder}: the watcher broke.`, 4],
    ]);
    expect(script.opened.slice(0, 3).every(({ closed }) => closed)).toBe(true);
  });

  test.each(['EMFILE', 'ENOSPC'])(
    'with %s at the start it polls, and says what can be done',
    async (code) => {
      const folder = cleanup.folder();
      const script = scriptedEvents();
      script.fail.push(systemError(code));
      const watch = await recordFolder(cleanup, folder, ['a'], { openEvents: script.open });
      expect(watch.polling).toBe(true);
      expect(
        watch.troubles.map(({ code: told, remedy }) => [told, remedy?.includes('max_user_watches')]),
      ).toEqual([['watch-limit', true]]);
      writeFileSync(join(folder, 'a'), 'x');
      await until(() => watch.events.includes('a'));
      expect(script.opened).toEqual([]);
    },
  );

  test('a folder that can’t be looked at is told once, and watched again when it can', async () => {
    const folder = cleanup.folder();
    const script = scriptedEvents();
    const watch = await recordFolder(cleanup, folder, ['a'], {
      openEvents: script.open,
      timings: { lookMs: 20 },
    });
    vi.mocked(readFolderState).mockClear();
    for (let n = 0; n < 3; n += 1) vi.mocked(readFolderState).mockRejectedValueOnce(systemError('EIO'));
    script.opened[0]?.listener.onName('a');
    await until(() => script.opened.length === 2);
    expect(watch.troubles.map(({ message }) => message)).toEqual([`Watching ${folder}: EIO: scripted.`]);
    // The event that came in between is not lost.
    expect(watch.events).toEqual(['a']);
    expect(script.opened.map(({ closed }) => closed)).toEqual([true, false]);
  });

  test('a folder that does not answer is told, asked no more until it answers, and can be closed', async () => {
    const folder = cleanup.folder();
    const watch = await recordFolder(cleanup, folder, ['a'], { polling: true, timings: { hangMs: 40 } });
    vi.mocked(readFolderState).mockClear();
    let answer: (() => void) | undefined;
    vi.mocked(readFolderState).mockImplementationOnce(
      () => new Promise((resolve) => (answer = () => resolve(undefined))),
    );
    await until(() => watch.troubles.length === 1);
    await wait(100);
    expect(vi.mocked(readFolderState).mock.calls.length).toBe(1);
    expect(watch.troubles[0]?.message).toMatch(/no answer for/);
    answer?.();
    writeFileSync(join(folder, 'a'), 'x');
    await until(() => watch.events.includes('a'));
    const calls = vi.mocked(readFolderState).mock.calls.length;
    vi.mocked(readFolderState).mockImplementationOnce(() => new Promise(() => undefined));
    await until(() => vi.mocked(readFolderState).mock.calls.length > calls);
    await watch.close();
    expect(watch.troubles.length).toBe(1);
  });

  test('a folder that is not there can’t be watched', async () => {
    const folder = join(cleanup.folder(), 'none');
    const options = { onEvent: () => undefined, onTrouble: () => undefined, onGone: () => undefined };
    await expect(watchFolder(folder, undefined, options)).rejects.toMatchObject({
      code: 'watch-failed',
      exitCode: 4,
    });
    writeFileSync(folder, 'a file');
    await expect(watchFolder(folder, ['a'], { ...options, polling: true })).rejects.toMatchObject({
      code: 'watch-failed',
      message: "The folder none can't be watched: there is no such folder.",
    });
  });
});

test('closing ends it at once, also in the middle of an opening', async () => {
  const folder = cleanup.folder();
  const script = scriptedEvents();
  let late: (() => void) | undefined;
  const watch = await recordFolder(cleanup, folder, ['a'], {
    openEvents: async (...input) => {
      if (script.opened.length > 0) await new Promise<void>((resolve) => (late = resolve));
      return script.open(...input);
    },
    timings: { lookMs: 10 },
  });
  script.opened[0]?.listener.onError(new Error('broken'));
  await until(() => late !== undefined);
  await watch.close();
  late?.();
  await until(() => script.opened[1]?.closed === true);
  writeFileSync(join(folder, 'a'), 'x');
  script.opened[0]?.listener.onName('a');
  await wait(50);
  expect(watch.events).toEqual([]);
});

test('chokidar is loaded only when there are events to wait for, and the self-test writes nowhere else', async () => {
  const folder = cleanup.folder();
  const probeFolder = cleanup.folder();
  const loaded = vi.fn<() => void>();
  vi.doMock('chokidar', async (load) => {
    loaded();
    return load();
  });
  vi.resetModules();
  const fresh = await import('../../../src/tasks/watching/watch-folder.js');
  const options = {
    onEvent: () => undefined,
    onTrouble: () => undefined,
    onGone: () => undefined,
    probeFolder,
  };
  const first = await fresh.watchFolder(folder, ['a'], { ...options, polling: true });
  expect(loaded).not.toHaveBeenCalled();
  const second = await fresh.watchFolder(folder, ['a'], options);
  expect([loaded.mock.calls.length, second.polling]).toEqual([1, false]);
  await Promise.all([first.close(), second.close()]);
  expect([readdirSync(folder), readdirSync(probeFolder), existsSync(folder)]).toEqual([[], [], true]);
  vi.doUnmock('chokidar');
});
