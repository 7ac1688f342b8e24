import type { ParsedText } from '../../syntax/types.js';
import { rejectEdit } from '../file-result.js';
import { objectToDropped } from '../guards/guard-change.js';
import type { OpenFile } from '../open-file.js';
import type { Rejection } from '../types.js';
import { refuseLostEnd } from '../whole-file.js';
import { claimsFile, listLacking, type NamingContext } from './covers-file.js';
import type { NamedBlock } from './named-block.js';

/**
 * What speaks against taking a block for some declarations of a file of which all was asked for: it was cut off, it
 * leaves out something that is none of the declarations, or it is all of the file but for a few of them.
 */
export function objectToAskedFile(
  blocks: readonly NamedBlock[],
  parsed: ParsedText,
  file: OpenFile,
  context: NamingContext,
): Rejection | undefined {
  if (context.asked !== 'whole-file') return undefined;
  for (const { settled, piece } of blocks) {
    const cut = context.isOff('truncated') ? undefined : refuseLostEnd(settled, file.source);
    if (cut !== undefined) return cut;
    const lacking = listLacking(piece, parsed, context);
    const [elided] = piece.elided;
    if (elided !== undefined && lacking.length === 0 && !context.isOff('elided')) {
      const shown = (settled.edit.lines[elided] ?? '').trim().slice(0, 80);
      const why = `"${shown}" is not code: nothing fills it in.`;
      return rejectEdit(settled, 'elided', why, 'Write every line in full, or send a smaller edit.');
    }
    if (lacking.length > 0 && claimsFile(piece, parsed) && !context.isOff('dropped-declarations')) {
      return { ...objectToDropped(file.path, lacking), path: file.path };
    }
  }
  return undefined;
}
