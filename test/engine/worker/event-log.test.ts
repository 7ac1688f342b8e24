import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../src/engine/events.js';
import { openEventLog, partFile } from '../../../src/engine/worker/event-log.js';
import { workerFolder } from '../../../src/engine/worker/folders.js';
import { createEventReader, findLogEnd, LOG_START } from '../../../src/engine/worker/read-events.js';
import { createFolder, KEY, notice } from './scene.js';

const progress = (tokens: number): EngineEvent => ({
  type: 'progress',
  task: 'login',
  waitingFor: 'answer',
  elapsedMs: 1,
  tokens,
  tokensPerSecond: undefined,
  thinking: false,
});

describe('the event log', () => {
  it('keeps all events in order, and little progress', async () => {
    const { folder } = createFolder();
    const log = openEventLog(folder, KEY);
    log.append(notice('first'));
    for (let tokens = 0; tokens < 50; tokens++) log.append(progress(tokens));
    log.append(notice('an ünicode lïne\nwith another'));
    await log.close();
    const reader = createEventReader(folder, KEY, LOG_START);
    expect(await reader.read()).toEqual([
      { type: 'notice', message: 'first' },
      { ...progress(0), tokensPerSecond: undefined },
      { type: 'notice', message: 'an ünicode lïne\nwith another' },
    ]);
    expect(await reader.read()).toEqual([]);
  });

  it('begins a new part when one is full, and keeps the one before', async () => {
    const { folder } = createFolder();
    const log = openEventLog(folder, KEY, 200);
    const reader = createEventReader(folder, KEY, LOG_START);
    const told: string[] = [];
    const read: EngineEvent[] = [];
    for (let number = 0; number < 40; number++) {
      told.push(`message number ${number}`);
      log.append(notice(`message number ${number}`));
      await log.close();
      read.push(...(await reader.read()));
    }
    expect(read.map((event) => (event.type === 'notice' ? event.message : ''))).toEqual(told);
    const parts = readdirSync(workerFolder(folder, KEY));
    expect(parts).toHaveLength(2);
    // Who is more than a part behind goes on with what there is.
    const late = await createEventReader(folder, KEY, LOG_START).read();
    expect(late.length).toBeLessThan(15);
    expect(late.at(-1)).toEqual(read.at(-1));
    expect(late).toEqual(read.slice(-late.length));
  });

  it('drops what can’t be written and goes on, without making a gone folder again', async () => {
    const { folder } = createFolder();
    const log = openEventLog(folder, KEY);
    log.append(notice('a'));
    await log.close();
    const file = partFile(folder, KEY, 1);
    rmSync(file);
    mkdirSync(file);
    log.append(notice('b'));
    await log.close();
    rmSync(file, { recursive: true });
    // As a full disk does it: the beginning of a line.
    writeFileSync(file, '{"type":"notice","mess');
    log.append(notice('c'));
    await log.close();
    expect(await createEventReader(folder, KEY, LOG_START).read()).toEqual([
      { type: 'notice', message: 'c' },
    ]);
    rmSync(folder, { recursive: true });
    log.append(notice('d'));
    await log.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('of a folder that can’t be made is none', async () => {
    const { folder } = createFolder();
    writeFileSync(join(folder, 'nexus'), '');
    const log = openEventLog(folder, KEY);
    log.append(notice('a'));
    await log.close();
    expect(readFileSync(join(folder, 'nexus'), 'utf8')).toBe('');
  });

  it('does not fill the memory when more comes than is written', async () => {
    const { folder } = createFolder();
    const log = openEventLog(folder, KEY);
    // The first is on its way; of the others so many as fit.
    for (let number = 0; number < 12; number++) log.append(notice('x'.repeat(1_000_000)));
    await log.close();
    const kept = await createEventReader(folder, KEY, LOG_START).read();
    expect(kept.length).toBeGreaterThan(6);
    expect(kept.length).toBeLessThan(10);
  });
});

describe('reading a log that grows', () => {
  function createLog(text: string): { folder: string; add: (bytes: Buffer | string) => void } {
    const { folder } = createFolder();
    const file = partFile(folder, KEY, 1);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return { folder, add: (bytes) => appendFileSync(file, bytes) };
  }

  it('waits for the end of a line, also in the middle of a character', async () => {
    const { folder, add } = createLog('');
    const reader = createEventReader(folder, KEY, LOG_START);
    const line = Buffer.from(`${JSON.stringify(notice('größer 👍'))}\n`);
    for (const byte of line.subarray(0, -1)) {
      add(Buffer.from([byte]));
      expect(await reader.read()).toEqual([]);
    }
    add('\n');
    expect(await reader.read()).toEqual([{ type: 'notice', message: 'größer 👍' }]);
  });

  it('begins where it is told, and at the start of the log while there is none', async () => {
    const { folder, add } = createLog('{"type":"notice","message":"old"}\n');
    const from = await findLogEnd(folder, KEY);
    add('{"type":"notice","message":"new"}\n');
    expect(await createEventReader(folder, KEY, from).read()).toEqual([{ type: 'notice', message: 'new' }]);
    expect(await findLogEnd(folder, '000000000000')).toEqual(LOG_START);
    expect(await createEventReader(folder, '000000000000', LOG_START).read()).toEqual([]);
  });

  it('skips what is no event, or one that this version does not know', async () => {
    const lines = [
      '',
      '{',
      'null',
      '7',
      '{"type":7}',
      '{"type":"toString"}',
      '{"type":"of-the-future"}',
      '{}',
    ];
    const { folder } = createLog(`${lines.join('\n')}\n{"type":"stopping","because":"x"}\n`);
    expect(await createEventReader(folder, KEY, LOG_START).read()).toEqual([
      { type: 'stopping', because: 'x' },
    ]);
  });

  it('reads a line that is longer than what is read at once', async () => {
    const { folder, add } = createLog('');
    const long = 'ä'.repeat(700_001);
    add(`${JSON.stringify(notice(long))}\n`);
    expect(await createEventReader(folder, KEY, LOG_START).read()).toEqual([
      { type: 'notice', message: long },
    ]);
  });
});
