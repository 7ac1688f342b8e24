import {
  appendFileSync,
  closeSync,
  copyFileSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createTempRepository } from '../../support/temp-repository.js';
import { Cleanup, recordSettled, until, type SettledRecord } from './fixture.js';

const BEFORE = 'tasks:\n  - one\n';
const AFTER = 'tasks:\n  - one\n  - two\n';
const LAST = 'tasks: []\n';

/** Each makes `AFTER` of the file. Pauses are shorter than the settle time. */
const STYLES: [string, (file: string, folder: string) => void | Promise<void>][] = [
  ['in place', (file) => writeFileSync(file, AFTER)],
  [
    'in place, longer first',
    (file) => (writeFileSync(file, `${AFTER}  - three\n`), truncateSync(file, AFTER.length)),
  ],
  [
    'a temporary file over it',
    (file, folder) => {
      const temporary = join(folder, '.tasks.yml.4711.tmp');
      const handle = openSync(temporary, 'w');
      writeSync(handle, AFTER);
      fsyncSync(handle);
      closeSync(handle);
      renameSync(temporary, file);
    },
  ],
  [
    'vim: swap file, old one to a backup, new one, backup away',
    (file, folder) => {
      writeFileSync(join(folder, '.tasks.yml.swp'), 'swap');
      renameSync(file, `${file}~`);
      writeFileSync(file, AFTER);
      unlinkSync(`${file}~`);
      unlinkSync(join(folder, '.tasks.yml.swp'));
    },
  ],
  [
    'JetBrains: ___jb_tmp___ and ___jb_old___',
    (file) => {
      writeFileSync(`${file}___jb_tmp___`, AFTER);
      renameSync(file, `${file}___jb_old___`);
      renameSync(`${file}___jb_tmp___`, file);
      unlinkSync(`${file}___jb_old___`);
    },
  ],
  [
    'truncate, then slow writes',
    async (file) => {
      truncateSync(file, 0);
      for (const line of AFTER.split(/(?<=\n)/)) {
        await wait(60);
        appendFileSync(file, line);
      }
    },
  ],
  [
    'backup by renaming, the new one after a gap',
    async (file) => {
      renameSync(file, `${file}.bak`);
      await wait(150);
      writeFileSync(file, AFTER);
    },
  ],
  ['unlink and create', (file) => (unlinkSync(file), writeFileSync(file, AFTER))],
  [
    'unlink and create, twice in a row',
    async (file) => {
      unlinkSync(file);
      writeFileSync(file, LAST);
      await wait(30);
      unlinkSync(file);
      writeFileSync(file, AFTER);
    },
  ],
  [
    'atomic, twice in a row',
    (file) => {
      for (const text of ['tasks: [x]\n', AFTER]) {
        writeFileSync(`${file}.new`, text);
        renameSync(`${file}.new`, file);
      }
    },
  ],
  [
    'the same length, with the old times kept',
    (file) => {
      const old = new Date(1_600_000_000_000);
      writeFileSync(file, AFTER.replace('two', 'ten'));
      utimesSync(file, old, old);
      writeFileSync(file, AFTER);
      utimesSync(file, old, old);
    },
  ],
  [
    'a copy with times from the future',
    (file) => {
      writeFileSync(`${file}.copy`, AFTER);
      copyFileSync(`${file}.copy`, file);
      const future = new Date(Date.now() + 10 * 365 * 86_400_000);
      utimesSync(file, future, future);
    },
  ],
];

/** Exactly `expected` was told; a last save proves that nothing else was still to come. */
async function expectTold(record: SettledRecord, file: string, expected: readonly string[]): Promise<void> {
  await until(() => record.told.length >= expected.length);
  writeFileSync(file, LAST);
  await until(() => record.told.at(-1) === LAST);
  expect(record.told).toEqual([...expected, LAST]);
  expect(record.troubles).toEqual([]);
  // What became unsettled either settled or calmed down, in turn.
  expect(record.all.map((line) => line.startsWith('unsettled'))).toEqual(
    record.all.map((_, index) => index % 2 === 0),
  );
}

describe.each([
  ['with events', false],
  ['polling', true],
])('a save, %s', (_, polling) => {
  test.concurrent.each(STYLES)('%s', async (_style, save) => {
    const cleanup = new Cleanup();
    try {
      const folder = cleanup.folder();
      const file = join(folder, 'tasks.yml');
      writeFileSync(file, BEFORE);
      const { record, watch } = await recordSettled(cleanup, folder, { polling });
      expect(watch.polling).toBe(polling);
      expect(watch.baseline.get('tasks.yml')).toEqual({ kind: 'text', text: BEFORE });
      await save(file, folder);
      await expectTold(record, file, [AFTER]);
    } finally {
      await cleanup.run();
    }
  });

  test.concurrent('deleted for long, and back as it was', async () => {
    const cleanup = new Cleanup();
    try {
      const folder = cleanup.folder();
      const file = join(folder, 'tasks.yml');
      writeFileSync(file, BEFORE);
      const { record } = await recordSettled(cleanup, folder, { polling });
      unlinkSync(file);
      await until(() => record.told.includes('<missing>'));
      writeFileSync(file, BEFORE);
      await until(() => record.told.length === 2);
      expect(record.told).toEqual(['<missing>', BEFORE]);
      await expectTold(record, file, ['<missing>', BEFORE]);
    } finally {
      await cleanup.run();
    }
  });

  test.concurrent('git: checkout, merge, reset --hard, stash, stash pop, checkout of the file', async () => {
    const cleanup = new Cleanup();
    try {
      const repository = createTempRepository();
      cleanup.add(() => repository.dispose());
      repository.commit('One', { 'tasks.yml': BEFORE });
      repository.git(['checkout', '-q', '-b', 'other']);
      repository.commit('Two', { 'tasks.yml': AFTER });
      repository.git(['checkout', '-q', 'main']);
      const file = join(repository.path, 'tasks.yml');
      const { record } = await recordSettled(cleanup, repository.path, { polling });
      const expected: string[] = [];
      const step = async (args: string[]): Promise<void> => {
        repository.git(args);
        expected.push(readFileSync(file, 'utf8'));
        await until(() => record.told.length >= expected.length);
      };
      await step(['checkout', '-q', 'other']);
      await step(['checkout', '-q', 'main']);
      await step(['merge', '-q', '--ff-only', 'other']);
      await step(['reset', '-q', '--hard', 'HEAD~1']);
      writeFileSync(file, `${BEFORE}  - mine\n`);
      expected.push(`${BEFORE}  - mine\n`);
      await until(() => record.told.length >= expected.length);
      await step(['stash', '-q']);
      await step(['stash', 'pop', '-q']);
      await step(['checkout', '-q', '--', 'tasks.yml']);
      expect(new Set(expected).size).toBe(3);
      await expectTold(record, file, expected);
    } finally {
      await cleanup.run();
    }
  });

  test.concurrent('nothing is told of a touch, the same content, other line ends, a BOM, or a change taken back', async () => {
    const cleanup = new Cleanup();
    try {
      const folder = cleanup.folder();
      const file = join(folder, 'tasks.yml');
      writeFileSync(file, BEFORE);
      const { record, watch } = await recordSettled(cleanup, folder, { polling, settleMs: 1000 });
      const now = new Date();
      utimesSync(file, now, now);
      writeFileSync(file, BEFORE);
      unlinkSync(file);
      writeFileSync(file, BEFORE);
      await wait(120);
      writeFileSync(file, `\uFEFF${BEFORE.replaceAll('\n', '\r\n')}`);
      await wait(120);
      expect(record.all).toEqual([]);
      writeFileSync(file, AFTER);
      await until(() => record.all.includes('unsettled tasks.yml'));
      writeFileSync(file, BEFORE);
      await until(() => record.all.includes('calm tasks.yml'));
      expect(record.all).toEqual(['unsettled tasks.yml', 'calm tasks.yml']);
      // Our own write-back of what the user may write later, too.
      watch.expect('tasks.yml', BEFORE, AFTER);
      writeFileSync(file, AFTER);
      await wait(120);
      rmSync(file);
      await expectTold(record, file, []);
    } finally {
      await cleanup.run();
    }
  });
});
