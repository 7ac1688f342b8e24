import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRepository } from '../../build/repository/open.js';
import { comparePairs, git, inTemporaryFolder } from './measure.mjs';

const FILES = 100_000;
const CHANGED = ['folder-007/file-0042.txt', 'folder-050/file-0500.txt', 'folder-099/file-0999.txt'];
const MESSAGE = 'Change three files\n';

/** One step's commit of 3 files in a repository of 100,000, against the same git plumbing by hand. */
export function benchCommit(rounds) {
  return inTemporaryFolder(async (folder) => {
    generateRepository(folder);
    const base = git(folder, ['rev-parse', 'HEAD']).trim();
    const oldTexts = CHANGED.map((path) => git(folder, ['show', `${base}:${path}`]));
    const repository = await openRepository(folder);
    const ours = async (round) => {
      const changes = CHANGED.map((path, index) => ({
        kind: 'modify',
        path,
        oldText: oldTexts[index],
        newText: `changed by nexus, round ${round}, file ${index}\n`,
      }));
      const commit = await repository.commit({ parent: base, changes, message: MESSAGE });
      await repository.updateBranch(`nexus/bench-${round + 1}`, commit, undefined);
    };
    return comparePairs(rounds, ours, (round) => commitByHand(folder, base, round));
  });
}

/** A bare index is enough: neither side looks at a work tree. */
function generateRepository(folder) {
  git(folder, ['init', '--quiet', '--initial-branch=main']);
  git(folder, ['config', 'user.name', 'Bench']);
  git(folder, ['config', 'user.email', 'bench@example.com']);
  const who = 'Bench <bench@example.com> 1700000000 +0000';
  const parts = [`commit refs/heads/main\ncommitter ${who}\ndata 5\nFirst\n`];
  for (let index = 0; index < FILES; index += 1) {
    const name = `folder-${String(index % 100).padStart(3, '0')}/file-${String(Math.floor(index / 100)).padStart(4, '0')}.txt`;
    const text = `text of file ${index}\n`;
    parts.push(`M 100644 inline ${name}\ndata ${text.length}\n${text}\n`);
  }
  git(folder, ['fast-import', '--quiet'], { input: parts.join('') });
}

/** What a person would type; each command is the one that the task needs, nothing is checked twice. */
function commitByHand(folder, base, round) {
  const env = { GIT_INDEX_FILE: join(folder, `.git/bench-index-${round}`) };
  const files = CHANGED.map((_, index) => join(folder, `.git/bench-blob-${index}`));
  for (const [index, file] of files.entries()) {
    writeFileSync(file, `changed by hand, round ${round}, file ${index}\n`);
  }
  git(folder, ['read-tree', base], { env });
  const blobs = git(folder, ['hash-object', '-w', '--no-filters', '--stdin-paths'], {
    input: files.map((file) => `${file}\n`).join(''),
  })
    .trim()
    .split('\n');
  const lines = CHANGED.map((path, index) => `100644 ${blobs[index]}\t${path}\0`).join('');
  git(folder, ['update-index', '-z', '--index-info'], { env, input: lines });
  const tree = git(folder, ['write-tree'], { env }).trim();
  const commit = git(folder, ['commit-tree', tree, '-p', base, '-F', '-'], { input: MESSAGE }).trim();
  git(folder, ['update-ref', `refs/heads/by-hand-${round + 1}`, commit, '0'.repeat(40)]);
  rmSync(env.GIT_INDEX_FILE);
}
