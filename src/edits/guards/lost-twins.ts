import type { RepoPath } from '../types.js';
import { countDeclarations, mentions } from './declarations.js';
import { objectToDropped, type Objection } from './guard-change.js';

/** Words by which a task asks for fewer functions of a name. */
const REDUCES =
  /\b(?:remov|delet|drop|get rid|eliminat|unused|obsolete|duplicat|merg|combin|unif|consolidat|overload)/i;
/** Languages that write one function as several, one for each shape of its arguments. */
const IN_CLAUSES = /\.exs?$/;

/** A whole text in a language without a parser, and the one that it is to take the place of. */
export interface TwinContext {
  path: RepoPath;
  oldText: string;
  newText: string;
  otherTexts: readonly string[];
  mentioned: string;
}

/**
 * Objects to a file that has fewer functions of a name than before: an overload or a setter got lost. Where a name went
 * altogether, which the guard before this one let pass, the missing one may have gone with it: a method with its class.
 */
export function guardTwins({
  path,
  oldText,
  newText,
  otherTexts,
  mentioned,
}: TwinContext): Objection | undefined {
  const kept = countDeclarations(path, newText);
  const old = [...countDeclarations(path, oldText)];
  if (old.some(([name]) => !kept.has(name))) return undefined;
  const lost = old.flatMap(([name, count]) => {
    const left = kept.get(name) ?? 0;
    if (left >= count || otherTexts.some((text) => mentions(text, name))) return [];
    const isMeant = mentions(mentioned, name) && (REDUCES.test(mentioned) || IN_CLAUSES.test(path));
    return isMeant ? [] : [`${name} (${count - left} of ${count})`];
  });
  return lost.length > 0 ? objectToDropped(path, lost) : undefined;
}
