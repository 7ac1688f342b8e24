import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyInput, ApplyOutcome, EditFormat, FileContent } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const root = fileURLToPath(new URL('../fixtures/edits/', import.meta.url));
const scenarios = readdirSync(root)
  .filter((name) => /^\d{3}-/.test(name))
  .sort();

/** What a scenario may set in its options.json; without one all files of before/ are offered and the reply has ended. */
interface Options {
  offered?: string[];
  format?: EditFormat;
  ending?: ApplyInput['ending'];
  mentioned?: string;
  example?: string;
  without?: NonNullable<ApplyInput['rules']>['without'];
  protected?: string[];
  /** The only paths outside `offered` that may be touched. */
  mayTouch?: string[];
  /** Files that hold no text to edit. */
  kinds?: Record<string, Exclude<FileContent['kind'], 'text'>>;
  asked?: EditFormat;
  /** Give the engine the parsers of the files' languages. */
  parsers?: boolean;
  /** The pass by which each edit must be found, in order. */
  passes?: string[];
}

const parsers = await loadParsers(
  scenarios.flatMap((name) => [...readTree(join(root, name, 'before')).keys()]),
);

function readTree(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path).split(sep).join('/'), readFileSync(path, 'utf8')]),
  );
}

function readInput(name: string): { input: ApplyInput; options: Options } {
  const folder = join(root, name);
  const file = join(folder, 'options.json');
  const options: Options = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const files = new Map<string, FileContent>();
  for (const [path, text] of readTree(join(folder, 'before'))) files.set(path, { kind: 'text', text });
  for (const [path, kind] of Object.entries(options.kinds ?? {})) files.set(path, { kind });
  const guarded = new Set(options.protected);
  const { mayTouch } = options;
  const input: ApplyInput = {
    reply: readFileSync(join(folder, 'reply.md'), 'utf8'),
    ending: options.ending ?? 'stop',
    files,
    offered: options.offered ?? [...files.keys()],
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.asked === undefined ? {} : { asked: options.asked }),
    rules: {
      isProtected: (path) => (guarded.has(path) ? 'the scenario says so.' : undefined),
      ...(mayTouch === undefined ? {} : { mayTouch: (path: string) => mayTouch.includes(path) }),
      ...(options.mentioned === undefined ? {} : { mentioned: options.mentioned }),
      ...(options.example === undefined ? {} : { example: options.example }),
      ...(options.without === undefined ? {} : { without: options.without }),
      ...(options.parsers === true ? { parsers } : {}),
    },
  };
  return { input, options };
}

/** The files as they stand after the outcome's changes. */
function treeAfter(input: ApplyInput, outcome: ApplyOutcome): Map<string, string> {
  const tree = new Map<string, string>();
  for (const [path, content] of input.files) if (content.kind === 'text') tree.set(path, content.text);
  for (const change of outcome.kind === 'applied' ? outcome.changes : []) {
    if (change.kind === 'delete') tree.delete(change.path);
    else tree.set(change.path, change.newText);
    if (change.kind === 'rename') tree.delete(change.from);
  }
  return tree;
}

function renderRejections(outcome: ApplyOutcome): string {
  if (outcome.kind !== 'rejected') return `${outcome.kind}\n`;
  return outcome.rejections
    .map(({ code, path, message, feedback }) => `${code} ${path ?? '-'}\n${message}\n\n${feedback}\n`)
    .join('\n----\n\n');
}

const sorted = (tree: Map<string, string>) =>
  Object.fromEntries([...tree].sort(([one], [two]) => (one < two ? -1 : 1)));

describe('scenarios', () => {
  it('finds them', () => {
    expect(scenarios.length).toBeGreaterThan(100);
    expect(new Set(scenarios.map((name) => name.slice(0, 3))).size).toBe(scenarios.length);
  });

  it.each(scenarios)('%s', (name) => {
    const { input, options } = readInput(name);
    const folder = join(root, name);
    const outcome = applyReply(input);
    const rejection = join(folder, 'rejection.txt');
    const isRefused = existsSync(rejection);
    expect(renderRejections(outcome)).toBe(isRefused ? readFileSync(rejection, 'utf8') : 'applied\n');
    const after = readTree(join(folder, isRefused ? 'before' : 'after'));
    expect(sorted(treeAfter(input, outcome))).toEqual(sorted(after));
    const passes = outcome.kind === 'applied' ? outcome.edits.map((edit) => edit.pass) : undefined;
    expect(passes).toEqual(options.passes ?? passes);
  });

  it('ends no reply early that would apply', () => {
    for (const name of scenarios) {
      const { input } = readInput(name);
      if (applyReply(input).kind !== 'applied') continue;
      for (let length = 0; length <= input.reply.length; length += 7) {
        const outcome = applyReply({ ...input, reply: input.reply.slice(0, length), ending: 'open' });
        expect(`${name} ${length} ${renderRejections(outcome)}`).toBe(`${name} ${length} undecided\n`);
      }
    }
  });

  it('keeps feedback short enough for a small model', () => {
    for (const name of scenarios) {
      const outcome = applyReply(readInput(name).input);
      if (outcome.kind !== 'rejected') continue;
      for (const { feedback } of outcome.rejections) expect(feedback.length).toBeLessThanOrEqual(900);
    }
  });
});
