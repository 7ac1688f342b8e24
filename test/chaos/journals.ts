import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StampedEntry } from '../../src/journal/entries.js';
import type { KeptExchange } from '../../src/journal/run-store.js';
import type { ScriptedChat } from '../support/scripted-ollama.js';

/** The journal of one run, as far as its lines are whole. */
export interface ReadJournal {
  task: string;
  run: string;
  folder: string;
  entries: StampedEntry[];
}

/** All journals of a repository. A run without one, and a last line that is being written, are left out. */
export function readJournals(commonDir: string): ReadJournal[] {
  const root = join(commonDir, 'nexus', 'runs');
  return list(root).flatMap((task) =>
    list(join(root, task)).flatMap((run) => {
      const folder = join(root, task, run);
      const text = read(join(folder, 'journal.jsonl'));
      if (text === undefined) return [];
      const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
      const entries = lines.flatMap((line): StampedEntry[] => (line === '' ? [] : [JSON.parse(line)]));
      return [{ task, run, folder, entries }];
    }),
  );
}

/** What tells one point of a journal from the others, and is the same when the run goes on. */
export function nameEntry(task: string, entry: StampedEntry): string {
  const about: Readonly<Record<string, unknown>> = { ...entry };
  const words = ['stage', 'purpose', 'label', 'step', 'attempt'].flatMap((key) =>
    about[key] === undefined ? [] : [JSON.stringify(about[key])],
  );
  if (entry.type === 'checked') words.push(entry.verdict.kind);
  if (entry.type === 'ended') words.push(entry.outcome.kind);
  if (entry.type === 'notice') words.push(entry.message.slice(0, 24));
  return [`${task}:`, entry.type, ...words].join(' ').replaceAll('"', '');
}

/** A request as the server sees it and as a run keeps it, told from all others. */
export interface Requests {
  /** Those whose reply is kept and that the journal names. */
  kept: Set<string>;
  /** Those whose reply is on the disk though the process was killed before its journal could say so. */
  unlisted: Set<string>;
}

export function readKeptRequests(commonDir: string): Requests {
  const kept = new Set<string>();
  const unlisted = new Set<string>();
  for (const { folder, entries } of readJournals(commonDir)) {
    const named = new Set(entries.flatMap((entry) => (entry.type === 'exchange' ? [entry.number] : [])));
    for (const name of list(join(folder, 'exchanges'))) {
      const exchange = name.endsWith('.json') ? readExchange(join(folder, 'exchanges', name)) : undefined;
      if (exchange === undefined) continue;
      (named.has(Number.parseInt(name, 10)) ? kept : unlisted).add(exchange);
    }
  }
  return { kept, unlisted };
}

export function nameRequest(chat: ScriptedChat): string {
  return nameParts(chat.model, chat.messages, chat.format, chat.options);
}

function readExchange(path: string): string {
  const { messages, schema, options }: KeptExchange = JSON.parse(readFileSync(path, 'utf8'));
  return nameParts(String(options['model']), messages, schema, options);
}

function nameParts(
  model: string,
  messages: readonly { role: string; content: string }[],
  format: unknown,
  options: Readonly<Record<string, unknown>>,
): string {
  const said = messages.map(({ role, content }) => [role, content]);
  return JSON.stringify([
    model,
    said,
    format ?? null,
    options['temperature'] ?? null,
    options['seed'] ?? null,
  ]);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
