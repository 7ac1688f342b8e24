import { setTimeout as delay } from 'node:timers/promises';
import { snapshotCheckout, type CheckoutSnapshot } from '../support/checkout-snapshot.js';
import type { Random } from '../chaos/random.js';
import type { Field } from './field.js';
import { SAVE_STYLES } from './save-styles.js';

/** The one who edits, commits and switches branches. Between two acts nothing of the checkout may change. */
export interface User {
  /** Changes `tasks.yml` in some way; returns what was done. */
  edit(): Promise<string>;
  /** Commits what there is, `tasks.yml` too. */
  commit(): Promise<void>;
  /** Saves the list as it is now. */
  save(): Promise<void>;
  /** Something else that may change the checkout, as `nexus accept` does. */
  act<T>(work: () => Promise<T>): Promise<T>;
  /** What Nexus did to the checkout though only the user may. */
  readonly found: readonly string[];
}

type GitEdit = (field: Field, random: Random) => Promise<void>;

const GIT_EDITS: Readonly<Record<string, GitEdit>> = {
  async 'git stash, pop'(field, random) {
    if (!stash(field)) return;
    await pause(random);
    git(field, ['stash', 'pop', '--quiet', '--index']);
  },
  async 'git switch to another branch and back'(field, random) {
    const isStashed = stash(field);
    const listed = field.repository.git(['for-each-ref', '--format=%(refname:short)', 'refs/heads/nexus']);
    const branches = listed === '' ? [] : listed.split('\n');
    git(field, ['switch', '--quiet', random.pick(['other', 'other', ...branches])]);
    await pause(random);
    git(field, ['switch', '--quiet', 'main']);
    if (isStashed) {
      await pause(random);
      git(field, ['stash', 'pop', '--quiet', '--index']);
    }
  },
  async 'git checkout -- tasks.yml'(field) {
    git(field, ['checkout', '--quiet', 'HEAD', '--', 'tasks.yml']);
  },
};

export function createUser(field: Field, random: Random): User {
  const found: string[] = [];
  let left = takeSnapshot(field);
  const act = async <T>(work: () => Promise<T>): Promise<T> => {
    found.push(...compare(left, takeSnapshot(field)));
    try {
      return await work();
    } finally {
      left = takeSnapshot(field);
    }
  };
  const saveAs = async (style: string): Promise<void> => {
    const { file, disk } = field;
    const step = (change: () => void): void => disk.step(change);
    await SAVE_STYLES[style]?.({ file, text: field.list.render(), random, step });
  };
  return {
    found,
    act,
    edit: async () =>
      act(async () => {
        const style = random.pick([...Object.keys(SAVE_STYLES), ...Object.keys(GIT_EDITS)]);
        const byGit = GIT_EDITS[style];
        if (byGit !== undefined) await byGit(field, random);
        else {
          field.list.change(random);
          await saveAs(style);
        }
        return style;
      }),
    commit: async () =>
      act(async () => {
        field.repository.write('notes.md', `# Notes\n\n${random.whole(1, 1e9)}\n`);
        git(field, ['commit', '--quiet', '--all', '-m', 'Work of the user']);
      }),
    save: async () => act(async () => saveAs('in place')),
  };
}

/** Sometimes longer than the settle time. */
async function pause(random: Random): Promise<void> {
  await delay(random.whole(1, 2) === 1 ? random.whole(0, 1500) : random.whole(0, 150));
}

function stash(field: Field): boolean {
  if (field.repository.git(['status', '--porcelain']) === '') return false;
  git(field, ['stash', 'push', '--quiet']);
  return true;
}

function git({ repository, disk }: Field, args: readonly string[]): void {
  disk.step(() => repository.git(args));
}

/** Without git's locks, which come and go when Nexus writes its own refs; in the end none may be left. */
function takeSnapshot({ repository }: Field): CheckoutSnapshot {
  for (let tries = 1; ; tries += 1) {
    try {
      const all = Object.entries(snapshotCheckout(repository.path));
      return Object.fromEntries(all.filter(([name]) => !name.endsWith('.lock')));
    } catch (error) {
      // It was there when the folder was listed, and gone when it was looked at.
      if (tries === 5) throw error;
    }
  }
}

function compare(left: CheckoutSnapshot, now: CheckoutSnapshot): string[] {
  const names = new Set([...Object.keys(left), ...Object.keys(now)]);
  return [...names]
    .filter((name) => left[name] !== now[name])
    .map((name) => `the checkout's ${name} was ${left[name] ?? 'not there'}, is ${now[name] ?? 'gone'}`);
}
