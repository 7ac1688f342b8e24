import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { EditFormat, FileContent } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';
import type { Parsers } from '../../src/syntax/types.js';

interface RecordedReply {
  id: string;
  asked_format: string;
  task: string;
  reply: string;
  files: Record<string, string>;
}

interface Label {
  index: number;
  id: string;
  means: 'replace' | 'none';
  path?: string;
  /** First and last line (from 1) that the reply means to replace. */
  lines?: [number, number];
  with?: string[];
  /** What the engine must be able to read before it can apply the reply. */
  needs?: 'named-declaration' | 'restated-declaration';
}

const folder = new URL('../fixtures/replies/', import.meta.url);
const replies: RecordedReply[] = readFileSync(new URL('replies.jsonl', folder), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const labels: Label[] = JSON.parse(readFileSync(new URL('labels.json', folder), 'utf8'));

const ASKED: Readonly<Record<string, EditFormat>> = {
  'named declaration': 'named-declaration',
  'search/replace': 'search-replace',
  'unified diff': 'unified-diff',
};
const parsers = await loadParsers(['src/solutions.js']);

function apply(recorded: RecordedReply, more: { parsers?: Parsers; asked?: EditFormat } = {}) {
  const files = new Map<string, FileContent>(
    Object.entries(recorded.files).map(([path, text]) => [path, { kind: 'text', text }]),
  );
  return applyReply({
    reply: recorded.reply,
    ending: 'stop',
    files,
    offered: [...files.keys()],
    ...(more.asked === undefined ? {} : { asked: more.asked }),
    rules: {
      mentioned: recorded.task,
      ...(more.parsers === undefined ? {} : { parsers: more.parsers }),
    },
  });
}

function expectedText(recorded: RecordedReply, label: Label): string {
  const lines = (recorded.files[label.path ?? ''] ?? '').split('\n');
  const [from, to] = label.lines ?? [1, 0];
  lines.splice(from - 1, to - from + 1, ...(label.with ?? []));
  return lines.join('\n');
}

function find(label: Label): RecordedReply {
  const recorded = replies[label.index];
  if (recorded === undefined) throw new Error(`no reply ${label.index}`);
  return recorded;
}

/** What became of a reply: how it ended, and each file with all that was changed in it. */
function madeOf(outcome: ReturnType<typeof apply>) {
  const changes = outcome.kind === 'applied' ? outcome.changes : [];
  return { kind: outcome.kind, changes: changes.map((change) => ({ ...change })) };
}

/** What its label says. */
function meant(label: Label, recorded: RecordedReply, isClear: boolean) {
  const { path = '' } = label;
  const newText = expectedText(recorded, label);
  const change = { kind: 'modify', path, oldText: recorded.files[path], newText };
  return isClear ? { kind: 'applied', changes: [change] } : { kind: 'rejected', changes: [] };
}

describe('recorded replies of a real 1.5B model', () => {
  it('has a label for each', () => {
    expect(replies).toHaveLength(59);
    expect(labels.map((label) => label.id)).toEqual(replies.map((recorded) => recorded.id));
  });

  it.each(labels)('$index $id', (label) => {
    const recorded = find(label);
    const asked = ASKED[recorded.asked_format];
    if (asked === undefined) throw new Error(`no format ${recorded.asked_format}`);
    const expected = meant(label, recorded, label.means === 'replace');
    expect(madeOf(apply(recorded, { parsers, asked }))).toEqual(expected);
    expect(madeOf(apply(recorded, { parsers }))).toEqual(expected);
  });

  it.each(labels)('$index $id, without a parser', (label) => {
    const recorded = find(label);
    const isClear = label.means === 'replace' && label.needs === undefined;
    expect(madeOf(apply(recorded))).toEqual(meant(label, recorded, isClear));
  });

  it('gives feedback that never repeats the reply', () => {
    for (const label of labels) {
      const recorded = replies[label.index];
      const outcome = recorded === undefined ? undefined : apply(recorded);
      if (outcome?.kind !== 'rejected' || recorded === undefined) continue;
      for (const { feedback } of outcome.rejections) {
        expect(feedback.length).toBeLessThanOrEqual(900);
        expect(feedback).not.toContain(recorded.reply.split('\n').slice(1, 4).join('\n'));
      }
    }
  });
});
