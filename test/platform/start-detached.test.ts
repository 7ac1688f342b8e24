import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { realEffects } from '../../src/platform/effects.js';
import { startDetached } from '../../src/platform/start-detached.js';
import { waitUntil } from '../support/wait-until.js';

/** Writes who it is and what it was given, and ends. */
const NOTE = `
  const { writeFileSync, renameSync, readFileSync, existsSync } = require('node:fs');
  const stat = existsSync('/proc/self/stat') ? readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ') : [];
  writeFileSync('note.new', JSON.stringify({ pid: process.pid, cwd: process.cwd(), word: process.env.WORD, session: Number(stat[3]) }));
  renameSync('note.new', 'note');
`;

it('starts a program in its folder and environment, in a session of its own', async () => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-detached-')));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const pid = await startDetached(process.execPath, ['-e', NOTE], {
    cwd,
    env: { ...process.env, WORD: 'so' },
  });
  const read = (): string => readFileSync(join(cwd, 'note'), 'utf8');
  const isThere = (): boolean => {
    try {
      return read() !== '';
    } catch {
      return false;
    }
  };
  await waitUntil(isThere, () => 'the note');
  const note: unknown = JSON.parse(read());
  // Only Linux tells of sessions in a file.
  const session = process.platform === 'linux' ? pid : null;
  expect(note).toEqual({ pid, cwd, word: 'so', session });
});

it('takes nothing but the output from this process', async () => {
  const seen: unknown[] = [];
  const spawn: typeof realEffects.spawn = (_file, _args, options) => {
    seen.push(options);
    return realEffects.spawn(process.execPath, ['-e', '0'], { ...options, stdio: 'ignore' });
  };
  await startDetached('any', [], { cwd: tmpdir(), env: {} }, { spawn });
  expect(seen).toEqual([
    { cwd: tmpdir(), env: {}, stdio: ['ignore', 'inherit', 'inherit'], detached: true, windowsHide: true },
  ]);
});

it('says what can’t be started', async () => {
  const starting = startDetached('/no/such/program', [], { cwd: tmpdir(), env: {} });
  await expect(starting).rejects.toMatchObject({ code: 'ENOENT' });
});
