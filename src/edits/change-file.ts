import { limit, nameEdit, tellAmbiguous, tellMissing } from './feedback.js';
import { locate, type Located } from './locating/locate.js';
import { spanOf, type Placement } from './locating/match.js';
import type { OpenFile } from './open-file.js';
import type { CreateEdit, DeleteEdit, ReplaceEdit, WholeEdit } from './reading/edit.js';
import { addedLinesOf } from './feedback.js';
import { hasOldLines, type SettledEdit } from './settle-edits.js';
import { joinLines } from './source-text.js';
import { spliceEdits } from './splice.js';
import type { LocatedEdit, Rejection, RejectionCode, RepoPath } from './types.js';
import { renderWholeFile } from './whole-file.js';

/** What all edits of one file come to. */
export interface FileResult {
  path: RepoPath;
  /** Undefined when the file was rejected, null when it is deleted. */
  newText: string | null | undefined;
  /** The path it moves to. */
  renamedTo: RepoPath | undefined;
  /** Lines that the edits add, as they stand in the new text. */
  added: readonly string[];
  /** The reply holds the file as a whole. */
  isWhole: boolean;
  edits: LocatedEdit[];
  rejections: Rejection[];
}

/** Applies all edits of one file, in the reply's order, to its original text (`file` undefined: the path is new). */
export function changeFile(
  path: RepoPath,
  edits: readonly SettledEdit[],
  file: OpenFile | undefined,
  count: number,
): FileResult {
  const result: FileResult = {
    path,
    newText: undefined,
    renamedTo: undefined,
    added: [],
    isWhole: false,
    edits: [],
    rejections: [],
  };
  const work = new FileWork(result, file, count);
  const content: SettledEdit[] = [];
  for (const settled of edits) {
    if (settled.edit.kind !== 'rename') content.push(settled);
    else work.rename(settled.edit.path, settled);
  }
  const kinds = new Set(content.map(({ edit }) => edit.kind));
  if (kinds.size > 1) work.reject('overlap', content[1], 'The reply changes this file in two ways at once.');
  else if (kinds.has('whole')) work.replaceAll(content);
  else if (kinds.has('create')) work.create(content);
  else if (kinds.has('delete')) work.remove(content);
  else if (kinds.has('replace')) work.replace(content);
  else if (result.renamedTo !== undefined) result.newText = file?.text;
  if (result.rejections.length > 0) result.newText = undefined;
  return result;
}

/** The steps of {@link changeFile}; they fill in one result. */
class FileWork {
  readonly #result: FileResult;
  readonly #file: OpenFile | undefined;
  readonly #count: number;

  constructor(result: FileResult, file: OpenFile | undefined, count: number) {
    this.#result = result;
    this.#file = file;
    this.#count = count;
  }

  reject(
    code: RejectionCode,
    settled: SettledEdit | undefined,
    why: string,
    advice = 'Send one edit only.',
  ): void {
    const name = nameEdit(this.#result.path, settled?.number ?? 1, this.#count);
    this.#result.rejections.push({
      code,
      path: this.#result.path,
      message: `${name}: ${why}`,
      feedback: limit(`${name} was not applied. ${why} ${advice}`),
    });
  }

  rename(path: RepoPath | undefined, settled: SettledEdit): void {
    if (this.#result.renamedTo !== undefined) this.reject('overlap', settled, 'The file is renamed twice.');
    this.#result.renamedTo = path;
    this.#note(settled, 'whole', 0);
  }

  replaceAll(edits: readonly SettledEdit[]): void {
    const texts = edits.map(({ edit }) => renderWholeFile(edit as WholeEdit, this.#file?.source));
    const [first] = edits;
    const [text = ''] = texts;
    if (texts.some((other) => other !== text)) {
      this.reject(
        'overlap',
        edits[1],
        'The reply holds this file twice, with different content.',
        'Send it once.',
      );
      return;
    }
    if (first === undefined) return;
    this.#result.added = addedLinesOf(first.edit);
    this.#result.isWhole = this.#file !== undefined;
    this.#result.newText = text;
    this.#note(first, this.#file === undefined ? 'new' : 'whole', 0);
  }

  create(edits: readonly SettledEdit[]): void {
    const [first] = edits;
    const edit = first?.edit as CreateEdit;
    const text = joinLines(edit.lines);
    const newText = edit.finalNewline ? text : text.replace(/\n$/, '');
    if (edits.some((other) => (other.edit as CreateEdit).lines.join('\n') !== edit.lines.join('\n'))) {
      this.reject(
        'overlap',
        edits[1],
        'The reply makes this file twice, with different content.',
        'Send it once.',
      );
      return;
    }
    const existing = this.#file?.text;
    if (existing !== undefined && existing.trim() !== '' && existing.trim() !== newText.trim()) {
      const advice = 'To change it, give the old lines that the new ones replace.';
      this.reject('exists', first, 'It makes a new file, but this file exists already.', advice);
      return;
    }
    this.#result.added = edit.lines;
    this.#result.newText = existing !== undefined && existing.trim() === newText.trim() ? existing : newText;
    if (first !== undefined) this.#note(first, 'new', 0);
  }

  remove(edits: readonly SettledEdit[]): void {
    const [first] = edits;
    const stated = (first?.edit as DeleteEdit).lines;
    const squeeze = (lines: readonly string[]) =>
      lines.map((line) => line.trim()).filter((line) => line !== '');
    if (
      stated !== undefined &&
      squeeze(stated).join('\n') !== squeeze(this.#file?.source.lines ?? []).join('\n')
    ) {
      const advice = 'To delete the file, send only its header lines with +++ /dev/null.';
      this.reject(
        'not-found',
        first,
        'It deletes the file, but its lines are not those of the file.',
        advice,
      );
      return;
    }
    this.#result.newText = null;
    if (first !== undefined) this.#note(first, 'whole', 0);
  }

  replace(all: readonly SettledEdit[]): void {
    const edits = withoutRepeats(all);
    if (this.#file === undefined || this.#file.text.trim() === '') {
      this.#fillEmpty(edits);
      return;
    }
    const located = this.#locateAll(edits, this.#file);
    const placements: Placement[] = [];
    const placed: SettledEdit[] = [];
    edits.forEach((settled, at) => {
      const found = located[at];
      if (found === undefined || this.#file === undefined) return;
      if (found.kind === 'at') {
        placements.push(found.placement);
        placed.push(settled);
        this.#note(settled, found.placement.pass, spanOf(found.placement).first + 1);
      } else if (found.kind === 'already') {
        this.#note(settled, 'already', found.line + 1);
      } else {
        this.#result.rejections.push(this.#explain(settled, found, this.#file));
      }
    });
    if (this.#result.rejections.length > 0) return;
    const text = spliceEdits(this.#file.source, placements);
    if (typeof text !== 'string') {
      const one = placed[text.one]?.number ?? 1;
      const why = `It changes lines that edit ${one} changes too.`;
      this.reject('overlap', placed[text.other], why, 'Put both changes into one edit.');
      return;
    }
    this.#result.added = placements.flatMap((placement) =>
      placement.lines.filter((line) => line.op === '+').map((line) => line.text),
    );
    this.#result.newText = text;
  }

  /** First each edit alone; what fits several places is then looked at between its located neighbours. */
  #locateAll(edits: readonly SettledEdit[], file: OpenFile): Located[] {
    const located = edits.map(({ edit }) => locateReplace(edit as ReplaceEdit, file, undefined));
    return located.map((found, at) => {
      if (found.kind !== 'ambiguous') return found;
      const before = located.slice(0, at).findLast((other) => other.kind === 'at');
      const after = located.slice(at + 1).find((other) => other.kind === 'at');
      if (before === undefined && after === undefined) return found;
      const order = {
        after: before === undefined ? -1 : spanOf(before.placement).last,
        before: after === undefined ? Infinity : spanOf(after.placement).first,
      };
      return locateReplace(edits[at]?.edit as ReplaceEdit, file, order);
    });
  }

  #explain(
    settled: SettledEdit,
    found: Exclude<Located, { kind: 'at' | 'already' }>,
    file: OpenFile,
  ): Rejection {
    const edit = settled.edit as ReplaceEdit;
    const path = this.#result.path;
    const name = nameEdit(path, settled.number, this.#count);
    if (found.kind === 'ambiguous') {
      const message = `${name}: its old lines stand at ${found.lines.length} places of the file.`;
      return {
        code: 'ambiguous',
        path,
        message,
        feedback: tellAmbiguous(name, edit, file.index, found.lines),
      };
    }
    if (!hasOldLines(edit)) {
      const why = 'It only adds lines and does not say where.';
      const advice = 'Send it again with a few unchanged lines before and after the new ones.';
      return {
        code: 'not-found',
        path,
        message: `${name}: ${why}`,
        feedback: `${name} was not applied. ${why} ${advice}`,
      };
    }
    const message = `${name}: its old lines are not in the file.`;
    return { code: 'not-found', path, message, feedback: tellMissing(name, edit, file.index) };
  }

  /** A replacement without old lines fills a file that is new or empty. */
  #fillEmpty(edits: readonly SettledEdit[]): void {
    const [first, second] = edits;
    const edit = first?.edit as ReplaceEdit;
    const reading = edit.readings[0];
    if (second !== undefined || hasOldLines(edit) || reading === undefined) {
      this.reject(
        'not-found',
        first,
        'The file is empty, but the edit has old lines.',
        'Send the whole file.',
      );
      return;
    }
    const lines = reading.lines.map((line) => line.text);
    this.#result.added = lines;
    this.#result.newText =
      (this.#file?.source.bom ?? '') + (reading.finalNewline === false ? lines.join('\n') : joinLines(lines));
    if (first !== undefined) this.#note(first, 'new', 0);
  }

  #note(settled: SettledEdit, pass: LocatedEdit['pass'], line: number): void {
    this.#result.edits.push({ path: this.#result.path, format: settled.edit.format, pass, line });
  }
}

/** A replacement that only adds goes to the end of the file where its format says so, and nowhere else. */
function locateReplace(
  edit: ReplaceEdit,
  file: OpenFile,
  order: { after: number; before: number } | undefined,
): Located {
  if (hasOldLines(edit)) return locate(file.index, edit, order);
  const reading = edit.readings[0];
  if (edit.format !== 'begin-patch' || reading === undefined || edit.hint.sections !== undefined) {
    return { kind: 'missing' };
  }
  const last = file.source.lines.length - 1;
  const lines = [{ op: ' ' as const, text: file.source.lines[last] ?? '' }, ...reading.lines];
  const at = lines.map((_, position) => (position === 0 ? last : -1));
  return { kind: 'at', placement: { pass: 'exact', lines, at, finalNewline: reading.finalNewline } };
}

/** An edit that the reply repeats word for word counts once: small models do that. */
function withoutRepeats(edits: readonly SettledEdit[]): SettledEdit[] {
  const seen = new Set<string>();
  return edits.filter(({ edit }) => {
    const key = JSON.stringify([(edit as ReplaceEdit).readings[0], (edit as ReplaceEdit).hint]);
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}
