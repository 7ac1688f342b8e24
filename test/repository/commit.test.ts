import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let repository: Repository;
let base: string;

beforeEach(async () => {
  temp = createTempRepository();
  base = temp.commit('Second', { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n', 'docs/x.md': 'x\n' });
  repository = await openRepository(temp.path);
});
afterEach(() => temp.dispose());

describe('commit', () => {
  it('creates, modifies, deletes and renames files in one commit', async () => {
    const oid = await repository.commit({
      parent: base,
      message: 'All kinds\n\nNexus-Task: t1\n',
      changes: [
        { kind: 'create', path: 'new/file with blank ä.txt', newText: 'new\r\n' },
        { kind: 'modify', path: 'src/a.ts', oldText: 'a\n', newText: 'A\n' },
        { kind: 'delete', path: 'docs/x.md', oldText: 'x\n' },
        { kind: 'rename', from: 'src/b.ts', path: 'src/c.ts', oldText: 'b\n', newText: 'c\n' },
      ],
    });
    const files = (await repository.listFiles(oid)).map(({ path }) => path);
    expect(files).toEqual(['new/file with blank ä.txt', 'readme.md', 'src/a.ts', 'src/c.ts']);
    expect(temp.git(['show', `${oid}:src/a.ts`])).toBe('A');
    expect(temp.git(['show', `${oid}:src/c.ts`])).toBe('c');
    expect(temp.git(['log', '-1', '--format=%an|%ae|%cn|%ce|%P|%B', oid])).toBe(
      `Ada Tester|ada@example.com|Ada Tester|ada@example.com|${base}|All kinds\n\nNexus-Task: t1\n`,
    );
    expect(temp.git(['status', '--porcelain'])).toBe('');
  });
});
