import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { approve, diffAgainstApproved, isApproved } from '../../src/config/trust-store.js';
import {
  describeTrusted,
  diffTrusted,
  isCovered,
  renderTrustedItem,
  trustHash,
} from '../../src/config/trust.js';
import { findCacheFolder, findUserFolder } from '../../src/config/user-folder.js';

const none = new Map<string, string>();
const describeInput = (input: object, templates = none, tasks: Parameters<typeof describeTrusted>[2] = []) =>
  describeTrusted(configSchema.parse(input), templates, tasks);

describe('what may act', () => {
  test('defaults need no approval, however they are spelt', () => {
    expect(describeInput({})).toEqual([]);
    expect(describeInput({ coder: { url: 'http://localhost:11434' }, docs: 'x', protect: ['y'] })).toEqual(
      [],
    );
  });

  test('commands, addresses, links and templates are listed once, whatever their order', () => {
    const check = { run: 'task check', cwd: '.', paths: [], timeout: 1 };
    const templates = new Map([['.nexus/templates/plan.md', 'text']]);
    const items = describeInput(
      {
        checks: ['npm test', { run: 'npm test', cwd: 'sub' }, { run: 'npm test', timeout: 5 }],
        setup: ['npm ci'],
        fix: ['npm run fix'],
        coder: { url: 'http://10.0.0.1:1' },
        overseer: { url: 'http://10.0.0.2:1' },
        allow_remote: true,
        link: ['node_modules'],
      },
      templates,
      [
        { checks: [check], checksAdd: [] },
        { checks: undefined, checksAdd: [{ ...check, run: 'more' }] },
      ],
    );
    expect(items.map(renderTrustedItem)).toEqual([
      'coder talks to: http://10.0.0.1:1',
      'overseer talks to: http://10.0.0.2:1',
      'runs: more',
      'runs: npm ci',
      'runs: npm run fix',
      'runs: npm test',
      String.raw`runs: npm test\n(in sub)`,
      'runs: task check',
      'links into the worktree: node_modules',
      'may use model servers outside this machine and its private network (allow_remote)',
      'replaces a prompt: .nexus/templates/plan.md (982d9e3eb996)',
    ]);
    const again = describeInput({ fix: ['b'], checks: ['a'] });
    expect(trustHash(again)).toBe(trustHash(describeInput({ checks: ['b'], setup: ['a', 'a'] })));
    expect(trustHash(again)).not.toBe(trustHash(describeInput({ checks: ['a'] })));
  });

  test('asks for a model file that is loaded without a server', () => {
    const items = describeInput({ coder: { backend: 'embedded', model: 'models/a.gguf' } });
    expect(items.map(renderTrustedItem)).toEqual(['coder talks to: embedded, the model file models/a.gguf']);
  });

  test('a kind of server and the key that it is shown are part of its address', () => {
    const shown = (coder: object) => describeInput({ coder }).map(renderTrustedItem);
    expect(shown({ backend: 'lm-studio' })).toEqual(['coder talks to: lm-studio at its usual address']);
    expect(shown({ backend: 'vllm', url: 'http://10.0.0.1:8000', api_key_env: 'AWS_SECRET' })).toEqual([
      'coder talks to: vllm at http://10.0.0.1:8000, with the key in AWS_SECRET',
    ]);
    expect(shown({ api_key_env: 'MINE' })).toEqual([
      'coder talks to: its usual address, with the key in MINE',
    ]);
    // As before there were kinds, so that what was approved stays approved.
    expect(shown({ url: 'http://10.0.0.1:1' })).toEqual(['coder talks to: http://10.0.0.1:1']);
  });

  test('nothing in a command can hide it on a terminal', () => {
    const [item] = describeInput({ checks: ['rm -rf x\u001b[2K\r# \u202Enpm test'] });
    expect(item && renderTrustedItem(item)).toBe(String.raw`runs: rm -rf x\u{1b}[2K\u{d}# \u{202e}npm test`);
  });

  test('differences', () => {
    const before = describeInput({ checks: ['a', 'b'], coder: { url: 'http://10.0.0.1:1' } });
    const after = describeInput({ checks: ['b', 'c'], coder: { url: 'http://10.0.0.2:1' } });
    const difference = diffTrusted(before, after);
    expect(difference.added.map(({ subject }) => subject)).toEqual(['c']);
    expect(difference.removed.map(({ subject }) => subject)).toEqual(['a']);
    expect(difference.changed.map(({ before: old, after: now }) => [old.detail, now.detail])).toEqual([
      ['http://10.0.0.1:1', 'http://10.0.0.2:1'],
    ]);
    expect(isCovered(difference)).toBe(false);
    expect(isCovered({ ...difference, added: [] })).toBe(false);
    expect(isCovered(diffTrusted(before, before.slice(1)))).toBe(true);
  });
});

describe('approvals', () => {
  let folder: string;
  let repository: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nexus-trust-'));
    repository = join(folder, 'répo one', '.git');
    await mkdir(repository, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const items = describeInput({ checks: ['a', 'b'] });
  const store = () => join(folder, 'config');
  const record = async () => join(store(), 'trust', (await readdir(join(store(), 'trust')))[0] ?? '');

  test('nothing acts before it is approved, and only in that repository', async () => {
    expect(await isApproved(repository, [], store())).toBe(true);
    expect(await isApproved(repository, items, store())).toBe(false);
    await approve(repository, items, store());
    expect(await isApproved(repository, items, store())).toBe(true);
    expect(await isApproved(join(folder, 'other'), items, store())).toBe(false);
    expect(await isApproved(repository, describeInput({ checks: ['a'] }), store())).toBe(true);
    expect(await isApproved(repository, describeInput({ checks: ['a', 'b', 'c'] }), store())).toBe(false);
    const difference = await diffAgainstApproved(repository, [], store());
    expect(difference.removed.map(({ subject }) => subject)).toEqual(['a', 'b']);
  });

  test('a new approval replaces the old one', async () => {
    await approve(repository, items, store());
    await approve(repository, describeInput({ checks: ['c'] }), store());
    expect(await isApproved(repository, items, store())).toBe(false);
  });

  test('the repository is the same through a link', async () => {
    await symlink(join(folder, 'répo one'), join(folder, 'link'), 'junction');
    await approve(join(folder, 'link', '.git'), items, store());
    expect(await isApproved(repository, items, store())).toBe(true);
  });

  test.skipIf(process.platform === 'win32')('nobody else can read the record', async () => {
    await approve(repository, items, store());
    expect((await stat(await record())).mode & 0o777).toBe(0o600);
    expect((await stat(join(store(), 'trust'))).mode & 0o777).toBe(0o700);
  });

  test('a damaged, changed or newer record approves nothing', async () => {
    await approve(repository, items, store());
    const path = await record();
    const text = await readFile(path, 'utf8');
    for (const broken of [
      text.slice(0, -10),
      text.replace('"b"', '"rm -rf ."'),
      text.replace('"format": 1', '"format": 2'),
      text.replace('"kind": "command"', '"kind": "other"'),
      text.replace('"subject": "a"', '"subject": 5'),
      JSON.stringify({ ...JSON.parse(text), items: [null] }),
      JSON.stringify({ ...JSON.parse(text), items: 'all' }),
      'null',
    ]) {
      expect(broken).not.toBe(text);
      await writeFile(path, broken);
      expect({ broken, approved: await isApproved(repository, items, store()) }).toEqual({
        broken,
        approved: false,
      });
    }
  });

  test('an approval that cannot be saved is an error with a remedy', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(approve(repository, items, join(folder, 'file'))).rejects.toMatchObject({
      code: 'trust-not-saved',
      exitCode: 3,
      remedy: expect.stringContaining('NEXUS_CONFIG_HOME'),
    });
  });

  test('they live in the user’s own folder', async () => {
    vi.stubEnv('NEXUS_CONFIG_HOME', store());
    try {
      await approve(repository, items);
      expect(await isApproved(repository, items)).toBe(true);
      expect((await diffAgainstApproved(repository, items)).added).toEqual([]);
      expect(await record()).toMatch(/[0-9a-f]{32}\.json$/);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test.each([
  ['linux', {}, '/h/.config/nexus-overseer'],
  ['linux', { XDG_CONFIG_HOME: '/x' }, '/x/nexus-overseer'],
  ['linux', { XDG_CONFIG_HOME: 'x' }, '/h/.config/nexus-overseer'],
  ['linux', { NEXUS_CONFIG_HOME: '/n' }, '/n'],
  ['darwin', { XDG_CONFIG_HOME: '/x' }, '/h/Library/Preferences/nexus-overseer'],
  ['win32', { APPDATA: 'C:\\A' }, 'C:\\A\\nexus-overseer'],
  ['win32', {}, '\\h\\AppData\\Roaming\\nexus-overseer'],
] as const)('on %s with %j the folder is %s', (platform, env, folder) => {
  expect(findUserFolder({ platform, env, home: '/h' })).toBe(folder);
});

test.each([
  ['linux', {}, '/h/.cache/nexus-overseer'],
  ['linux', { XDG_CACHE_HOME: '/x' }, '/x/nexus-overseer'],
  ['linux', { XDG_CACHE_HOME: 'x', XDG_CONFIG_HOME: '/y' }, '/h/.cache/nexus-overseer'],
  ['linux', { NEXUS_CACHE_HOME: '/n' }, '/n'],
  ['darwin', { XDG_CACHE_HOME: '/x' }, '/h/Library/Caches/nexus-overseer'],
  ['win32', { LOCALAPPDATA: 'C:\\A' }, 'C:\\A\\nexus-overseer'],
  ['win32', {}, '\\h\\AppData\\Local\\nexus-overseer'],
] as const)('on %s with %j the cache is in %s', (platform, env, folder) => {
  expect(findCacheFolder({ platform, env, home: '/h' })).toBe(folder);
});
