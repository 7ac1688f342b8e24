import type { MatchPass } from './types.js';

/** Found as written: everything else was found only after allowing for a difference, which a reviewer should see. */
const STRAIGHT: ReadonlySet<MatchPass> = new Set(['exact', 'whole', 'new', 'declaration', 'new-declaration']);

/** Whether an edit lies where it was written for. */
export function isStraight(pass: MatchPass): boolean {
  return STRAIGHT.has(pass);
}
