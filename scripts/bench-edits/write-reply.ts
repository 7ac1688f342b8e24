import { renderFile, type Draft, type DraftFile, type Hunk, type HunkLine, type Target } from './draft.js';
import { applyChanges } from './edit.js';
import { SYNTAX } from './languages.js';

/** The reply as a model would write it, with everything that damages did to the draft. Undefined: nothing left to cut. */
export function writeReply(draft: Draft): string | undefined {
  const blocks =
    draft.format === 'begin-patch'
      ? [writeBeginPatch(draft)]
      : draft.targets.map((target) => writeBlock(draft, target));
  const lines = [
    ...draft.before,
    ...blocks.flatMap((block, at) => (at === 0 ? block : ['', ...block])),
    ...draft.after,
  ];
  const reply = `${lines.join('\n')}\n`;
  const cut = draft.cut === undefined ? reply : draft.cut(reply);
  return cut?.replaceAll('\n', draft.replyEol);
}

/** The text of the file that the reply means, and of the file before. */
export function renderTexts(target: Target): { oldText: string; newText: string } {
  const { file, changes } = target;
  return {
    oldText: renderFile(file, file.lines),
    newText: renderFile(file, applyChanges(file.lines, changes)),
  };
}

function writeBlock(draft: Draft, target: Target): string[] {
  const body = writeBody(draft, target);
  const tag =
    draft.fence.tag === 'own' ? (SYNTAX[target.file.source.language].tags[0] ?? '') : draft.fence.tag;
  const { spelled } = target;
  const lead: string[] = [];
  let info = tag;
  const inside: string[] = [];
  if (draft.format !== 'unified-diff' || !draft.hasFileHeaders) {
    switch (draft.pathPlace) {
      case 'line':
        lead.push(spelled);
        break;
      case 'heading':
        lead.push(`### \`${spelled}\``, '');
        break;
      case 'bold':
        lead.push(`**${spelled}:**`, '');
        break;
      case 'prose':
        lead.push(`Here is the change to \`${spelled}\`:`, '');
        break;
      case 'info':
        info = `${tag}:${spelled}`;
        break;
      case 'comment':
        inside.push(`${SYNTAX[target.file.source.language].comment} ${spelled}`);
        break;
      case 'none':
        break;
    }
  }
  const open = draft.fence.isOpened ? [`${draft.fence.mark}${info}`] : [];
  const close = draft.fence.isOpened && draft.fence.isClosed ? [draft.fence.mark] : [];
  return [...lead, ...open, ...inside, ...body, ...close];
}

function writeBody(draft: Draft, target: Target): string[] {
  switch (draft.format) {
    case 'search-replace':
      return target.hunks.flatMap((hunk, at) => [
        ...(at === 0 ? [] : ['']),
        ...writeSearchReplace(draft, hunk),
      ]);
    case 'unified-diff':
      return writeDiff(draft, target);
    case 'begin-patch':
      return [];
    case 'whole-file':
      return target.body;
    case 'named-declaration':
      return target.hunks.flatMap((hunk) => hunk.lines.map((line) => line.text));
  }
}

function writeSearchReplace(draft: Draft, hunk: Hunk): string[] {
  const length = draft.markerLength;
  const divider = '='.repeat(length);
  const end = draft.divider === 'as-end' ? [divider] : [`${'>'.repeat(length)} REPLACE`];
  return [
    `${'<'.repeat(length)} SEARCH`,
    ...hunk.lines.filter((line) => line.op !== '+').map((line) => line.text),
    divider,
    ...hunk.lines.filter((line) => line.op !== '-').map((line) => line.text),
    ...(draft.divider === 'two' ? [divider] : []),
    ...end,
  ];
}

export function writeDiff(draft: Draft, target: Target): string[] {
  const headers = draft.hasFileHeaders ? [`--- a/${target.spelled}`, `+++ b/${target.spelled}`] : [];
  let grown = 0;
  const hunks = target.hunks.flatMap((hunk) => {
    const lines = [...writeHunkHeader(hunk, target.file, grown), ...hunk.lines.map(writeDiffLine)];
    grown += count(hunk, '-') - count(hunk, '+');
    return lines;
  });
  return [...headers, ...hunks];
}

function writeDiffLine({ op, text, prefix }: HunkLine): string {
  return `${prefix ?? op}${text}`;
}

function writeHunkHeader(hunk: Hunk, file: DraftFile, grown: number): string[] {
  const section = hunk.section === '' ? '' : ` ${hunk.section}`;
  switch (hunk.header) {
    case 'numbers': {
      const old = count(hunk, '+');
      const next = count(hunk, '-');
      // Behind the last line of the file or before its first there is no line to name.
      const first = hunk.lines.find((line) => line.at !== undefined)?.at ?? file.lines.length;
      const start = Math.max(1, first + 1 + hunk.shift);
      const [more, moreNew] = hunk.miscount;
      return [`@@ -${start},${old + more} +${Math.max(1, start + grown)},${next + moreNew} @@${section}`];
    }
    case 'bare':
      return ['@@'];
    case 'dots':
      return ['@@ ... @@'];
    case 'section':
      return [section === '' ? '@@' : `@@${section}`];
    case 'missing':
      return [];
  }
}

/** Lines of the hunk that are not of this kind: those of one side. */
function count(hunk: Hunk, without: '+' | '-'): number {
  return hunk.lines.filter((line) => line.op !== without).length;
}

function writeBeginPatch(draft: Draft): string[] {
  const files = draft.targets.flatMap((target) => [
    `*** Update File: ${target.spelled}`,
    ...target.hunks.flatMap((hunk) => [
      ...(hunk.header === 'missing'
        ? []
        : [hunk.header === 'section' && hunk.section !== '' ? `@@ ${hunk.section}` : '@@']),
      ...hunk.lines.map(writeDiffLine),
    ]),
  ]);
  const { isOpened, isClosed, mark, tag } = draft.fence;
  return [
    ...(isOpened ? [`${mark}${tag === 'own' ? '' : tag}`] : []),
    '*** Begin Patch',
    ...files,
    '*** End Patch',
    ...(isOpened && isClosed ? [mark] : []),
  ];
}
