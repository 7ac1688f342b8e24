import type { Workspace } from '../../src/engine/workspace.js';
import type { JournalEntry } from '../../src/journal/entries.js';
import type { RunJournal, RunStore } from '../../src/journal/run-store.js';

/** What a process that was killed leaves undone, as an error. */
export class Crash extends Error {}

/** The workspace, with a journal that fails when `isTime` says so. */
export function crashOnce(
  workspace: Workspace,
  when: 'before' | 'after',
  isTime: (entry: JournalEntry) => boolean,
): Workspace {
  const crashing = (journal: RunJournal): RunJournal => ({
    get record() {
      return journal.record;
    },
    saveExchange: async (number, exchange) => journal.saveExchange(number, exchange),
    readExchange: async (number) => journal.readExchange(number),
    async append(entry) {
      const isNow = isTime(entry);
      if (isNow && when === 'before') throw new Crash(entry.type);
      await journal.append(entry);
      if (isNow) throw new Crash(entry.type);
    },
  });
  const store: RunStore = {
    ...workspace.store,
    create: async (first) => crashing(await workspace.store.create(first)),
    async reopen(taskId) {
      const journal = await workspace.store.reopen(taskId);
      return journal === undefined ? undefined : crashing(journal);
    },
  };
  return { ...workspace, store };
}
