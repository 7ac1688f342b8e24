import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileChange } from '../../src/edits/types.js';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let repository: Repository;
let base: string;

beforeEach(async () => {
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/no/such/file');
  temp = createTempRepository();
  base = temp.commit('Second', {
    'src/a.ts': 'a\n',
    'src/deep/b.ts': 'b\n',
    'docs/x.md': 'x\n',
    'old/one': '1\n',
    'OLD/two': '2\n',
  });
  repository = await openRepository(temp.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  temp.dispose();
});

const commit = (...changes: FileChange[]) =>
  repository.commit({ parent: base, message: 'Message\n', changes });
const create = (path: string): FileChange => ({ kind: 'create', path, newText: 'new\n' });

describe('a commit of ours', () => {
  it.each([
    ['a file beside another spelling of it', ['src/A.ts'], '"src/A.ts" and "src/a.ts"'],
    ['a folder beside another spelling of it', ['Src/c.ts'], '"Src" and "src"'],
    ['a deeper one', ['src/Deep/c.ts'], '"src/Deep" and "src/deep"'],
    ['a file where a folder has another spelling', ['DOCS'], '"DOCS" and "docs"'],
    ['two new spellings', ['new/a', 'new/A'], '"new/A" and "new/a"'],
    ['two new Unicode forms', ['caf\u00E9', 'cafe\u0301'], '"cafe\u0301" and "caf\u00E9"'],
  ])('refuses %s', async (_, paths, names) => {
    await expect(commit(...paths.map(create))).rejects.toMatchObject({
      code: 'change-refused',
      message: `${names} are one name on Windows and macOS.`,
    });
  });

  it('takes new names, and a new spelling in the place of the old one', async () => {
    const oid = await commit(
      create('src/deep/c.ts'),
      create('lib/new/file'),
      create('top'),
      { kind: 'rename', from: 'docs/x.md', path: 'Docs/X.md', oldText: 'x\n', newText: 'x\n' },
      { kind: 'rename', from: 'src/a.ts', path: 'src/A.ts', oldText: 'a\n', newText: 'a\n' },
    );
    expect(temp.git(['ls-tree', '-r', '--name-only', oid]).split('\n')).toEqual(
      expect.arrayContaining(['Docs/X.md', 'lib/new/file', 'src/A.ts', 'src/deep/c.ts', 'top']),
    );
  });

  it('lives with two spellings that were there before', async () => {
    await expect(commit(create('old/three'))).resolves.toMatch(/^[0-9a-f]{40}$/);
    await expect(commit(create('Old/three'))).rejects.toMatchObject({ code: 'change-refused' });
    const change: FileChange = { kind: 'modify', path: 'old/one', oldText: '1\n', newText: '3\n' };
    await expect(commit(change)).resolves.toMatch(/^[0-9a-f]{40}$/);
  });
});
