import { isNexusFile } from '../../config/own-files.js';
import { requireBase } from '../../repository/open.js';
import type { Repository } from '../../repository/repository.js';
import { count } from '../../report/quantities.js';
import { look, type Finding } from './finding.js';

/** Whether work can start from this repository: a commit, somebody who commits, a name for the branches. */
export async function diagnoseRepository(
  repository: Repository,
  wanted: { base: string | undefined; branchPrefix: string },
): Promise<Finding[]> {
  const groups = await Promise.all([
    look('base', async () => [await describeBase(repository, wanted.base)]),
    look('identity', async () => {
      const { name, email } = await repository.identity();
      return [{ check: 'identity', level: 'ok', message: `Commits are made by ${name} <${email}>.` }];
    }),
    look('branches', async () => {
      // Any name below the prefix shows whether something stands in the way of all of them.
      await repository.assertBranchCreatable(`${wanted.branchPrefix}doctor`);
      const message = `Branches are called ${wanted.branchPrefix}<task>.`;
      return [{ check: 'branches', level: 'ok', message }];
    }),
    look('checkout', async () => [await describeCheckout(repository)]),
  ]);
  return groups.flat();
}

async function describeBase(repository: Repository, name: string | undefined): Promise<Finding> {
  const base = await requireBase(repository, name);
  const { name: branch } = base;
  const commit = base.commit.slice(0, 8);
  if (branch !== undefined) {
    return { check: 'base', level: 'ok', message: `Work starts from ${branch} at ${commit}.` };
  }
  return {
    check: 'base',
    level: 'warn',
    message: `HEAD is detached: work starts from ${commit}, and nexus accept needs --into.`,
    remedy: 'git switch <branch>, or `base:` in .nexus.yml',
  };
}

async function describeCheckout(repository: Repository): Promise<Finding> {
  const dirty = (await repository.dirtyFiles()).filter(({ path }) => !isNexusFile(path));
  const message =
    dirty.length === 0
      ? `The checkout at ${repository.root} is clean.`
      : `${count(dirty.length, 'file')} in ${repository.root} ${dirty.length === 1 ? 'is' : 'are'} not committed, ` +
        'so no task will see that work.';
  return { check: 'checkout', level: 'ok', message };
}
