import { nameEdit, tellAmbiguous, tellMissing } from './feedback.js';
import { rejectEdit, type SettledEdit } from './file-result.js';
import type { Located } from './locating/locate.js';
import type { OpenFile } from './open-file.js';
import { hasOldLines, type ReplaceEdit } from './reading/edit.js';
import type { Rejection } from './types.js';

/** What came of looking for an edit that has no place, or several. */
export type Unplaced = Exclude<Located, { kind: 'at' | 'already' }>;

/** Refuses an edit for want of its place, with what the file has instead; the same while the reply is being written. */
export function explainPlace(settled: SettledEdit<ReplaceEdit>, found: Unplaced, file: OpenFile): Rejection {
  const { edit, path } = settled;
  const name = nameEdit(path, settled.number, settled.count);
  if (found.kind === 'ambiguous') {
    const message = `${name}: its old lines stand at ${found.lines.length} places of the file.`;
    return { code: 'ambiguous', path, message, feedback: tellAmbiguous(name, edit, file.index, found.lines) };
  }
  if (!hasOldLines(edit)) {
    const why = 'It only adds lines and does not say where.';
    const advice = 'Send it again with a few unchanged lines before and after the new ones.';
    return rejectEdit(settled, 'not-found', why, advice);
  }
  const message = `${name}: its old lines are not in the file.`;
  return { code: 'not-found', path, message, feedback: tellMissing(name, edit, file.index) };
}

/** The same in short. */
export function mentionPlace(settled: SettledEdit<ReplaceEdit>, found: Unplaced): Rejection {
  const [code, why] =
    found.kind === 'ambiguous'
      ? (['ambiguous', 'Its old lines fit several places.'] as const)
      : (['not-found', 'Its old lines are not in the file.'] as const);
  return rejectEdit(settled, code, why, 'Copy the old lines exactly from the file.');
}
