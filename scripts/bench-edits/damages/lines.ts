import type { Draft, Hunk, HunkLine } from '../draft.js';
import { indentOf } from '../edit.js';
import { factsOf } from '../line-facts.js';
import { SYNTAX } from '../languages.js';
import { findPlaces } from '../oracle.js';
import type { Random } from '../random.js';
import {
  isAligned,
  isInside,
  isPlainContext,
  listSpots,
  ALL,
  WITH_LINES,
  WITH_OLD_LINES,
  WITH_SIGNS,
  type Damage,
} from './damage.js';

/** What happens to the text of lines: whole lines left out or added, white space, characters. */
export const LINE_DAMAGES: readonly Damage[] = [
  {
    name: 'trailing-space-lost',
    what: 'the file has white space behind unchanged lines, the reply has not',
    formats: WITH_OLD_LINES,
    phase: 'file',
    parts: ['trailing'],
    folds: ['trailing'],
    apply: loseTrailingSpace,
  },
  {
    name: 'comment-dropped',
    what: 'a comment between unchanged lines is left out',
    formats: WITH_OLD_LINES,
    phase: 'lines',
    parts: [],
    needsWideContext: true,
    folds: ['comment'],
    context: 4,
    apply: dropComment,
  },
  {
    name: 'blank-lost',
    what: 'a blank line between unchanged lines is left out',
    formats: WITH_OLD_LINES,
    phase: 'lines',
    parts: [],
    needsWideContext: true,
    folds: ['blank'],
    context: 4,
    apply(draft, random) {
      const spot = random.maybe(
        listSpots(
          draft,
          (line, at, hunk) => isPlainContext(line) && line.text.trim() === '' && isInside(hunk, at),
        ),
      );
      spot?.hunk.lines.splice(spot.at, 1);
      return spot !== undefined;
    },
  },
  {
    name: 'blank-added',
    what: 'a blank line more between unchanged lines',
    formats: WITH_OLD_LINES,
    phase: 'lines',
    parts: [],
    needsWideContext: true,
    folds: ['blank'],
    context: 2,
    apply: addBlank,
  },
  {
    name: 'dots-for-unchanged',
    what: 'a line of dots stands for unchanged lines, on both sides',
    formats: WITH_OLD_LINES,
    phase: 'signs',
    parts: ['gap'],
    needsWideContext: true,
    context: 5,
    apply: writeDots,
  },
  {
    name: 'indent-shifted',
    what: 'all lines of an edit are indented more or less by the same',
    formats: WITH_LINES,
    phase: 'spelling',
    parts: ['indent'],
    folds: ['indent'],
    apply: shiftIndent,
  },
  {
    name: 'tabs',
    what: 'tabs for the spaces of the indentation, or spaces for its tabs',
    formats: WITH_LINES,
    phase: 'spelling',
    parts: ['indent'],
    folds: ['indent'],
    apply: swapTabs,
  },
  {
    name: 'trailing-space',
    what: 'white space behind old lines that the file does not have',
    formats: WITH_OLD_LINES,
    phase: 'lines',
    parts: ['trailing'],
    folds: ['trailing'],
    apply(draft, random) {
      const spots = listSpots(
        draft,
        (line) => line.op !== '+' && line.text.trim() !== '' && line.isGap !== true,
      );
      const chosen = random.shuffle(spots).slice(0, random.whole(1, 3));
      for (const { line } of chosen) line.text += random.pick([' ', '  ', '\t']);
      return chosen.length > 0;
    },
  },
  {
    name: 'typography',
    what: 'curly quotes, long dashes, ellipses or no-break spaces throughout an edit',
    formats: ALL,
    phase: 'spelling',
    parts: ['characters'],
    folds: ['typography'],
    apply: setTypography,
  },
  {
    name: 'outer-context-wrong',
    what: 'the first or last unchanged line of a hunk is made up',
    formats: WITH_SIGNS,
    phase: 'signs',
    parts: ['edge'],
    needsWideContext: true,
    context: 3,
    apply: inventContext,
  },
];

function loseTrailingSpace(draft: Draft, random: Random): boolean {
  const spots = listSpots(
    draft,
    (line, at, hunk) => isPlainContext(line) && line.text.trim() !== '' && isAligned(draft, hunk, at),
  );
  const chosen = random.shuffle(spots).slice(0, random.whole(1, 3));
  for (const { line, hunk } of chosen) {
    const target = draft.targets.find(({ hunks }) => hunks.includes(hunk));
    if (target === undefined || line.at === undefined) continue;
    const lines = [...target.file.lines];
    lines[line.at] = `${line.text}${random.pick([' ', '  ', '\t'])}`;
    target.file = { ...target.file, lines };
  }
  return chosen.length > 0;
}

function dropComment(draft: Draft, random: Random): boolean {
  const runs: { hunk: Hunk; from: number; to: number }[] = [];
  for (const { file, hunks } of draft.targets) {
    const { isComment } = SYNTAX[file.source.language];
    const facts = factsOf(file.source);
    const isOne = (line: HunkLine | undefined) =>
      line !== undefined &&
      isPlainContext(line) &&
      isComment(line.text) &&
      facts[line.at ?? 0]?.inString === false;
    for (const hunk of hunks) {
      for (let from = 0; from < hunk.lines.length; from += 1) {
        if (!isOne(hunk.lines[from])) continue;
        let to = from;
        while (isOne(hunk.lines[to + 1])) to += 1;
        if (isInside(hunk, from, to) && isAligned(draft, hunk, from)) runs.push({ hunk, from, to });
        from = to;
      }
    }
  }
  const run = random.maybe(runs);
  run?.hunk.lines.splice(run.from, run.to - run.from + 1);
  return run !== undefined;
}

function addBlank(draft: Draft, random: Random): boolean {
  const spot = random.maybe(
    listSpots(
      draft,
      (line, at, hunk) =>
        isPlainContext(line) &&
        isPlainContext(hunk.lines[at + 1]) &&
        line.text.trim() !== '' &&
        hunk.lines[at + 1]?.text.trim() !== '' &&
        // In a string it would be another value.
        !isInString(draft, hunk, hunk.lines[at + 1]),
    ),
  );
  if (spot === undefined) return false;
  spot.hunk.lines.splice(spot.at + 1, 0, { op: ' ', text: '', at: undefined, isInvented: true });
  return true;
}

function isInString(draft: Draft, hunk: Hunk, line: HunkLine | undefined): boolean {
  const target = draft.targets.find(({ hunks }) => hunks.includes(hunk));
  return target === undefined || factsOf(target.file.source)[line?.at ?? 0]?.inString !== false;
}

function writeDots(draft: Draft, random: Random): boolean {
  const candidates: { hunk: Hunk; from: number; to: number; dots: string }[] = [];
  for (const { file, hunks } of draft.targets) {
    const { comment } = SYNTAX[file.source.language];
    for (const hunk of hunks) {
      for (let from = 1; from < hunk.lines.length - 2; from += 1) {
        for (let to = from + 1; to < hunk.lines.length - 1; to += 1) {
          if (!isPlainContext(hunk.lines[to]) || !isPlainContext(hunk.lines[from])) break;
          if (!isInside(hunk, from, to)) continue;
          const indent = indentOf(hunk.lines[from]?.text);
          const dots = random.pick(['...', `${indent}...`, `${indent}${comment} ...`]);
          const isKnown = file.lines.some((line) => line.trim() === dots.trim());
          const gap: HunkLine = { op: ' ', text: dots, at: undefined, isGap: true };
          const lines = [...hunk.lines.slice(0, from), gap, ...hunk.lines.slice(to + 1)];
          if (!isKnown && isClearWithGap(draft, { ...hunk, lines }))
            candidates.push({ hunk, from, to, dots });
        }
      }
    }
  }
  const chosen = random.maybe(candidates);
  if (chosen === undefined) return false;
  const gap: HunkLine = { op: ' ', text: chosen.dots, at: undefined, isGap: true };
  chosen.hunk.lines.splice(chosen.from, chosen.to - chosen.from + 1, gap);
  return true;

  /** Each piece that changes something stands once by itself; the others only have to follow in the file's order. */
  function isClearWithGap(of: Draft, hunk: Hunk): boolean {
    const target = of.targets.find(({ hunks }) =>
      hunks.some(
        (one) => one.section === hunk.section && hunk.lines.some((line) => one.lines.includes(line)),
      ),
    );
    if (target === undefined) return false;
    return splitAtGaps(hunk.lines).every((piece) => {
      const old = piece
        .filter((line) => line.op !== '+' && line.isInvented !== true)
        .map((line) => line.text);
      const places = findPlaces(target.file, old, of.folds);
      return piece.some((line) => line.op !== ' ') ? places.length === 1 : places.length >= 1;
    });
  }
}

export function splitAtGaps(lines: readonly HunkLine[]): HunkLine[][] {
  const pieces: HunkLine[][] = [[]];
  for (const line of lines) {
    if (line.isGap === true) pieces.push([]);
    else pieces.at(-1)?.push(line);
  }
  return pieces;
}

function shiftIndent(draft: Draft, random: Random): boolean {
  let changed = false;
  for (const { file, hunks } of draft.targets) {
    for (const hunk of hunks) {
      const lines = hunk.lines.filter((line) => line.text.trim() !== '');
      const common = commonIndent(lines.map((line) => line.text));
      const { unit } = file.source;
      // A line of old text must be among them, else nothing tells by how much.
      if (!lines.some((line) => line.op !== '+')) return false;
      if (common !== '' && random.chance(0.6)) {
        const cut = common.startsWith(unit) && random.chance(0.5) ? unit.length : common.length;
        for (const line of lines) line.text = line.text.slice(cut);
      } else {
        const more = unit.repeat(random.whole(1, 2));
        for (const line of lines) line.text = more + line.text;
      }
      changed = true;
    }
  }
  return changed;
}

function commonIndent(texts: readonly string[]): string {
  let common = indentOf(texts[0]);
  for (const text of texts) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common;
}

function swapTabs(draft: Draft, random: Random): boolean {
  let changed = false;
  for (const { file, hunks } of draft.targets) {
    const { unit } = file.source;
    const width = unit === '\t' ? random.pick([2, 4, 8]) : unit.length;
    for (const { lines } of hunks) {
      const filled = lines.filter((line) => line.text.trim() !== '');
      const indents = filled.map((line) => indentOf(line.text));
      const isPure = indents.every((indent) => (unit === '\t' ? /^\t* {0,1}$/ : /^ *$/).test(indent));
      // What a tab is worth is told by old lines that have one.
      const tells = filled.some((line) => line.op !== '+' && indentOf(line.text).startsWith(unit));
      if (!isPure || !tells) return false;
      for (const line of filled) {
        const indent = indentOf(line.text);
        const swapped =
          unit === '\t'
            ? indent.replaceAll('\t', ' '.repeat(width))
            : '\t'.repeat(Math.floor(indent.length / width)) + ' '.repeat(indent.length % width);
        if (swapped !== indent) changed = true;
        line.text = swapped + line.text.slice(indent.length);
      }
    }
  }
  return changed;
}

const KINDS_OF_CHARACTERS: readonly [string, RegExp, (text: string) => string][] = [
  ['single quotes', /'/, (text) => text.replace(/(?<=^|[\s([{=,:])'/g, '\u2018').replaceAll("'", '\u2019')],
  ['double quotes', /"/, (text) => text.replace(/(?<=^|[\s([{=,:])"/g, '\u201C').replaceAll('"', '\u201D')],
  ['dashes', / - /, (text) => text.replaceAll(' - ', ' \u2013 ')],
  ['ellipses', /\.\.\./, (text) => text.replaceAll('...', '\u2026')],
  ['no-break spaces', /\S \S/, (text) => text.replace(/(?<=\S) (?=\S)/g, '\u00A0')],
];

/**
 * The same characters in old and new lines, as a chat window or a word processor does it. A kind that no old line has
 * stays plain: nothing would tell what it was.
 */
function setTypography(draft: Draft, random: Random): boolean {
  const kinds = random.chance(0.15)
    ? KINDS_OF_CHARACTERS.slice(4)
    : KINDS_OF_CHARACTERS.slice(0, random.whole(2, 4));
  let changed = false;
  for (const target of draft.targets) {
    const { hunks, file } = target;
    const all = hunks.flatMap((hunk) => hunk.lines);
    if (target.body.length > 0) {
      // Of a whole file the file tells what each kind was, where the reply has none of it plain.
      if (/[^\0-\x7F]/.test([...target.body, ...file.lines].join('\n'))) return false;
      for (const [, pattern, replace] of kinds) {
        if (!file.lines.some((line) => pattern.test(line))) continue;
        const before = target.body.join('\n');
        target.body = target.body.map(replace);
        if (target.body.join('\n') !== before) changed = true;
      }
      continue;
    }
    // eslint's own tests of such characters and the like: there they are meant.
    if (all.some((line) => /[^\0-\x7F]/.test(line.text))) return false;
    for (const [, pattern, replace] of kinds) {
      if (!hunks.every((hunk) => hunk.lines.some((line) => line.op !== '+' && pattern.test(line.text))))
        continue;
      for (const line of all) {
        if (pattern.test(line.text)) changed = true;
        line.text = replace(line.text);
      }
    }
  }
  return changed;
}

const INVENTED = [
  'value = compute(value)',
  'result.push(item);',
  'return cached',
  'if (ready) {',
  'log(message)',
  'items.sort()',
];

function inventContext(draft: Draft, random: Random): boolean {
  const edges: { hunk: Hunk; at: number }[] = [];
  for (const { hunks } of draft.targets) {
    for (const hunk of hunks) {
      const first = hunk.lines.findIndex((line) => line.op !== ' ');
      const last = hunk.lines.findLastIndex((line) => line.op !== ' ');
      if (first >= 2 && hunk.lines.slice(0, first).every(isPlainContext)) edges.push({ hunk, at: 0 });
      if (hunk.lines.length - 1 - last >= 2 && hunk.lines.slice(last + 1).every(isPlainContext)) {
        edges.push({ hunk, at: hunk.lines.length - 1 });
      }
    }
  }
  const edge = random.maybe(edges);
  const line = edge?.hunk.lines[edge.at];
  if (edge === undefined || line === undefined || line.text.trim() === '') return false;
  const invented = random.pick(INVENTED);
  const target = draft.targets.find(({ hunks }) => hunks.includes(edge.hunk));
  if (target === undefined || target.file.lines.some((one) => one.includes(invented))) return false;
  edge.hunk.lines[edge.at] = {
    op: ' ',
    text: indentOf(line.text) + invented,
    at: undefined,
    isInvented: true,
  };
  return true;
}
