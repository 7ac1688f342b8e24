import { locate, type FileRange, type Located } from './locating/locate.js';
import type { Placement } from './locating/match.js';
import { placeRestated, placeWholeBlock } from './naming/restate.js';
import type { OpenFile } from './open-file.js';
import { hasOldLines, type ReplaceEdit } from './reading/edit.js';

/**
 * Where a replacement stands in its file: by its old lines, else as the declaration that both its sides restate. One that
 * only adds goes to the end of the file where its format says so, and nowhere else.
 */
export function locateEdit(edit: ReplaceEdit, file: OpenFile, order: FileRange | undefined): Located {
  if (!hasOldLines(edit)) return locateAddition(edit, file);
  const found = locate(file.index, edit, order);
  if (found.kind === 'at') return { kind: 'at', placement: wholeBlock(edit, file, found.placement) };
  if (found.kind !== 'missing') return found;
  for (const reading of edit.readings) {
    const placement = placeRestated(file, reading);
    if (placement !== undefined) return { kind: 'at', placement };
  }
  return found;
}

function wholeBlock(edit: ReplaceEdit, file: OpenFile, placement: Placement): Placement {
  const [reading, second] = edit.readings;
  if (reading === undefined || second !== undefined) return placement;
  return placeWholeBlock(file, reading, placement) ?? placement;
}

function locateAddition(edit: ReplaceEdit, file: OpenFile): Located {
  const [reading] = edit.readings;
  if (edit.format !== 'begin-patch' || reading === undefined || edit.hint.sections !== undefined) {
    return { kind: 'missing' };
  }
  const last = file.source.lines.length - 1;
  const lines = [{ op: ' ' as const, text: file.source.lines[last] ?? '' }, ...reading.lines];
  const at = lines.map((_, position) => (position === 0 ? last : -1));
  return { kind: 'at', placement: { pass: 'exact', lines, at, finalNewline: reading.finalNewline } };
}
