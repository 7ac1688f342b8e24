import { nameRequest, readKeptRequests } from './journals.js';
import type { ScriptedChat } from '../support/scripted-ollama.js';

/** What the model server was asked, over all processes of a repository. */
export interface AskedRequests {
  readonly total: number;
  /** Asked again though the reply was kept: none, if all is well. */
  readonly repeated: readonly string[];
  /** Asked again since the process was killed before it had kept the reply. */
  readonly lost: number;
  /** Of these: the reply was on the disk already, but the journal did not say so yet. */
  readonly unlisted: number;
  note(chat: ScriptedChat): void;
  /** To be called when a process has ended: takes down which of the replies are lost with it. */
  settle(): void;
}

export function createAskedRequests(commonDir: string): AskedRequests {
  const seen = new Set<string>();
  let lostNow = new Map<string, { unlisted: boolean }>();
  const repeated: string[] = [];
  const counts = { total: 0, lost: 0, unlisted: 0 };
  return {
    get total() {
      return counts.total;
    },
    repeated,
    get lost() {
      return counts.lost;
    },
    get unlisted() {
      return counts.unlisted;
    },
    note(chat) {
      const name = nameRequest(chat);
      counts.total += 1;
      const loss = lostNow.get(name);
      if (seen.has(name) && loss === undefined) repeated.push(describeRequest(chat));
      if (loss !== undefined) {
        counts.lost += 1;
        if (loss.unlisted) counts.unlisted += 1;
        lostNow.delete(name);
      }
      seen.add(name);
    },
    settle() {
      const { kept, unlisted } = readKeptRequests(commonDir);
      const missing = [...seen].filter((name) => !kept.has(name));
      lostNow = new Map(missing.map((name) => [name, { unlisted: unlisted.has(name) }]));
    },
  };
}

function describeRequest(chat: ScriptedChat): string {
  const prompt = chat.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const title = /^# (?:Task|Step).*$/gm.exec(prompt)?.[0] ?? '';
  return `${chat.model} ${title} … ${JSON.stringify(prompt.slice(-80))}`;
}
