import type { Damage } from './damages/damage.js';
import { PHASES } from './damages/damage.js';
import { makeRepeatedEdit } from './damages/repeated-context.js';
import type { Draft, DraftFile, Format, Target } from './draft.js';
import { applyChanges, makeEdits } from './edit.js';
import { buildHunks, listHunkLines, makeHunk } from './hunks.js';
import { judge } from './judge.js';
import type { Language } from './languages.js';
import { listNamedLines, makeNamed, type NamedKind } from './named.js';
import type { Fold } from './oracle.js';
import type { Random } from './random.js';
import type { Source } from './source.js';
import { renderTexts, writeDiff, writeReply } from './write-reply.js';

/** One reply to files, with what must become of it. */
export interface Case {
  id: string;
  language: Language;
  format: Format;
  damages: readonly string[];
  reply: string;
  ending: 'stop' | 'length';
  /** Paths that the reply may change, with the text of each. */
  files: ReadonlyMap<string, string>;
  /** What the edited files become; nothing else may change. */
  truth: ReadonlyMap<string, string>;
  /** Whether a careful reader of file and reply would know this result. */
  answer: 'one' | 'none';
  /** The bare diff, for programs that read no Markdown. */
  diff: string | undefined;
}

const MOST_TRIES = 60;

/** A case of this row, or undefined when these files have no place for it. */
export function makeCase(
  id: string,
  sources: readonly Source[],
  format: Format,
  damages: readonly Damage[],
  random: Random,
): Case | undefined {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const draft = startDraft(sources, format, damages, random);
    const made = draft === undefined ? undefined : finish(id, draft, damages, random);
    if (made !== undefined) return made;
  }
  return undefined;
}

function finish(id: string, draft: Draft, damages: readonly Damage[], random: Random): Case | undefined {
  let before = snapshot(draft);
  const clean = before;
  for (const phase of PHASES) {
    for (const damage of damages.filter((one) => one.phase === phase)) {
      if (!damage.apply(draft, random)) return undefined;
      const after = snapshot(draft);
      // Each damage really changes the text.
      if (
        after === undefined ||
        (after === before && damage.repeatsContext !== true && damage.named === undefined)
      )
        return undefined;
      before = after;
    }
  }
  const reply = writeReply(draft);
  if (
    reply === undefined ||
    (damages.length > 0 &&
      before === clean &&
      !damages.some((one) => one.repeatsContext === true || one.named !== undefined))
  )
    return undefined;
  const verdict = judge(draft, damages);
  if (verdict === 'unclear') return undefined;
  const texts = draft.targets.map((target) => ({ path: target.file.source.path, ...renderTexts(target) }));
  if (texts.some(({ oldText, newText }) => oldText === newText)) return undefined;
  const files = new Map([
    ...texts.map(({ path, oldText }) => [path, oldText] as const),
    ...draft.others.map((other) => [other.path, `${other.lines.join('\n')}\n`] as const),
  ]);
  return {
    id,
    language: draft.targets[0]?.file.source.language ?? 'javascript',
    format: draft.format,
    damages: damages.map(({ name }) => name),
    reply,
    ending: draft.ending,
    files: new Map(random.shuffle([...files])),
    truth: new Map(texts.map(({ path, newText }) => [path, newText])),
    answer: verdict,
    diff: draft.format === 'unified-diff' ? writeBareDiff(draft) : undefined,
  };
}

function writeBareDiff(draft: Draft): string {
  const lines = draft.targets.flatMap((target) => writeDiff(draft, target));
  return `${lines.join('\n')}\n`.replaceAll('\n', draft.replyEol);
}

/** All that a damage can change: the reply and the files, these by what is done to their lines. */
function snapshot(draft: Draft): string | undefined {
  const reply = writeReply(draft);
  if (reply === undefined) return undefined;
  const files = draft.targets.map(({ file }) => {
    const changed = file.lines === file.source.lines ? '' : file.lines.join('\n');
    return [file.eol, file.bom, file.finalNewline, changed].join();
  });
  return [draft.ending, reply, ...files].join('\0');
}

function startDraft(
  sources: readonly Source[],
  format: Format,
  damages: readonly Damage[],
  random: Random,
): Draft | undefined {
  const folds = new Set<Fold>(damages.flatMap((damage) => damage.folds ?? []));
  const isAlone = damages.some((damage) => damage.oneFile === true);
  const chosen = random.shuffle(sources);
  const count = !isAlone && random.chance(0.15) ? 2 : 1;
  const least = Math.max(0, ...damages.map((damage) => damage.context ?? 0));
  const named = damages.find((damage) => damage.named !== undefined)?.named ?? 'usual';
  const targets: Target[] = [];
  for (const source of chosen.slice(0, count)) {
    const target = damages.some((damage) => damage.repeatsContext === true)
      ? startRepeated(source, random)
      : startTarget(source, format, folds, least, named, random);
    if (target === undefined) return undefined;
    targets.push(target);
  }
  const others = chosen.slice(count, count + random.pick([0, 0, 1, 1, 2, 3]));
  const isFenced = format === 'whole-file' || format === 'named-declaration' || random.chance(0.75);
  return {
    format,
    targets,
    others,
    pathPlace: 'line',
    fence: {
      mark: '```',
      tag: format === 'unified-diff' ? 'diff' : format === 'begin-patch' ? '' : 'own',
      isOpened: isFenced,
      isClosed: true,
    },
    hasFileHeaders: true,
    before: [],
    after: [],
    markerLength: 7,
    divider: 'one',
    replyEol: '\n',
    ending: 'stop',
    folds,
    cut: undefined,
  };
}

function startFile(source: Source): DraftFile {
  return { source, lines: source.lines, eol: '\n', bom: '', finalNewline: true };
}

function startTarget(
  source: Source,
  format: Format,
  folds: ReadonlySet<Fold>,
  leastContext: number,
  named: NamedKind,
  random: Random,
): Target | undefined {
  if (format === 'named-declaration') return startNamed(source, named, random);
  const edit = makeEdits(source, random);
  if (edit === undefined) return undefined;
  const file = startFile(source);
  const usual = format === 'search-replace' ? random.whole(1, 4) : random.pick([2, 3, 3, 3, 4]);
  const context = Math.max(usual, leastContext);
  const hunks = format === 'whole-file' ? [] : buildHunks(file, edit.changes, context, folds);
  if (hunks === undefined) return undefined;
  const body = format === 'whole-file' ? applyChanges(file.lines, edit.changes) : [];
  return { file, kind: edit.kind, changes: edit.changes, hunks, spelled: source.path, body, pieces: [] };
}

function startNamed(source: Source, named: NamedKind, random: Random): Target | undefined {
  const edit = makeNamed(source, named, random);
  if (edit === undefined) return undefined;
  const { pieces, changes } = edit;
  return {
    file: startFile(source),
    kind: 'replace a function',
    changes,
    hunks: [makeHunk(source, listNamedLines(pieces))],
    spelled: source.path,
    body: [],
    pieces,
  };
}

function startRepeated(source: Source, random: Random): Target | undefined {
  const edit = makeRepeatedEdit(source, random);
  if (edit === undefined) return undefined;
  const { change, from, to } = edit;
  const lines = listHunkLines(source.lines, [change], change.at - from, to - (change.at + change.removed));
  return {
    file: startFile(source),
    kind: 'change lines',
    changes: [change],
    hunks: [makeHunk(source, lines)],
    spelled: source.path,
    body: [],
    pieces: [],
  };
}
