/** The last answers to one kind of question, for each repository (the value that stands for it) apart. */
export interface Memory<T> {
  /** The answer about `about`: remembered, or else from `ask`. */
  recall: (repository: object, about: string, ask: () => Promise<T>) => Promise<T>;
  /** The answer if it is remembered. */
  peek: (repository: object, about: string) => Promise<T> | undefined;
}

/** After this time without a question all answers may be collected as garbage, in ms. */
const HELD_MS = 5000;

const held = new Set<unknown>();
let release: NodeJS.Timeout | undefined;

/** While one question follows another, answers stay. */
function hold(answer: unknown): void {
  held.add(answer);
  release ??= setTimeout(() => held.clear(), HELD_MS).unref();
  release.refresh();
}

/**
 * Remembers the last `most` answers for each repository; a while after the last question until V8 collects them as
 * garbage: a watch that waits for days must not hold the list of 100,000 files. Only for what follows from names of objects alone, or was decided when the
 * repository was made: everything else may be changed by others between two questions. Callers share the answers, so they
 * must not change them.
 */
export function createMemory<T>(most: number): Memory<T> {
  const memories = new WeakMap<object, Map<string, WeakRef<Promise<T>>>>();
  const peek: Memory<T>['peek'] = (repository, about) => {
    const memory = memories.get(repository);
    const answer = memory?.get(about);
    if (memory === undefined || answer === undefined) return undefined;
    // The one that was asked for last stands last.
    memory.delete(about);
    memory.set(about, answer);
    return answer.deref();
  };
  return {
    peek,
    async recall(repository, about, ask) {
      const memory = memories.get(repository) ?? new Map<string, WeakRef<Promise<T>>>();
      memories.set(repository, memory);
      const answer = peek(repository, about) ?? ask();
      memory.delete(about);
      memory.set(about, new WeakRef(answer));
      hold(answer);
      const [oldest] = memory.entries();
      if (memory.size > most && oldest !== undefined) {
        memory.delete(oldest[0]);
        held.delete(oldest[1].deref());
      }
      // What failed once may work the next time.
      answer.catch(() => memory.get(about)?.deref() === answer && memory.delete(about));
      return answer;
    },
  };
}
