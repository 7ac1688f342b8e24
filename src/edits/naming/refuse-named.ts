import type { Declaration } from '../../syntax/types.js';
import { tellLines } from '../feedback.js';
import { rejectEdit } from '../file-result.js';
import type { Rejection, RejectionCode } from '../types.js';
import type { NamedBlock } from './named-block.js';

/** A declaration of a reply that has no place, and why. */
export interface Refused {
  code: RejectionCode;
  block: NamedBlock;
  wanted: Pick<Declaration, 'name' | 'scope'>;
  /** Completes "`f` …". */
  why: string;
  /** What to send instead: a full sentence. */
  advice: string;
  /** The lines of the file, from 0, that it is about. */
  lines: readonly number[];
}

const LONGEST_NAME = 80;

/** Refuses a declaration, with the real lines of the file for the model. */
export function refuseNamed(
  { code, block, wanted, why, advice, lines }: Refused,
  fileLines: readonly string[],
): Rejection {
  const name = [...wanted.scope, wanted.name].join('.').slice(0, LONGEST_NAME);
  const rejection = rejectEdit(block.settled, code, `\`${name}\` ${why}.`, '');
  return { ...rejection, feedback: tellLines(rejection.feedback, fileLines, lines, advice) };
}
