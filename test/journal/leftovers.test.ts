import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeRunLeftovers } from '../../src/journal/leftovers.js';
import { openRunStore } from '../../src/journal/run-store.js';
import { makeStart } from './make.js';

let common: string;
beforeEach(() => {
  common = mkdtempSync(join(tmpdir(), 'nexus-test-'));
  writeFileSync(join(common, 'HEAD'), 'ref: refs/heads/main\n');
});
afterEach(() => rmSync(common, { recursive: true, force: true }));

const listed = (): string[] =>
  readdirSync(join(common, 'nexus', 'runs'), { recursive: true })
    .map(String)
    .sort();

describe('leftovers of a kill among the journals', () => {
  it('are removed, and nothing else', async () => {
    const store = openRunStore(common);
    await store.create(makeStart());
    const journal = await store.create(makeStart({ run: '0002-bbbbbb' }));
    await journal.saveExchange(1, { messages: [], schema: undefined, options: {}, reply: 'kept' });
    const runs = join(common, 'nexus', 'runs', 'add-login');
    mkdirSync(join(runs, 'set-aside-0001-cccccc'));
    writeFileSync(join(runs, 'notes.12345678'), 'of somebody else');
    // A run whose journal somebody deleted.
    mkdirSync(join(runs, '0004-eeeeee', 'exchanges'), { recursive: true });
    writeFileSync(join(runs, '0004-eeeeee', 'exchanges', '001.json'), '{}');
    const kept = listed();
    writeFileSync(join(runs, '0002-bbbbbb', 'journal.jsonl.1234567890'), 'cut');
    writeFileSync(join(runs, '0002-bbbbbb', 'exchanges', '002.json.987654321'), 'cut');
    mkdirSync(join(runs, '0003-dddddd', 'exchanges'), { recursive: true });
    writeFileSync(join(runs, '0003-dddddd', 'journal.jsonl.1234567'), 'cut');
    await removeRunLeftovers(common);
    expect(listed()).toEqual(kept);
  });

  it('may be all that there is', async () => {
    await removeRunLeftovers(common);
    const runs = join(common, 'nexus', 'runs', 'add-login');
    mkdirSync(join(runs, '0001-dddddd', 'exchanges'), { recursive: true });
    await removeRunLeftovers(common);
    expect(readdirSync(runs)).toEqual([]);
  });
});
