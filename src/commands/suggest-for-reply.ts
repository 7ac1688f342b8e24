import type { Rejection } from '../edits/types.js';
import type { ApplyReport } from '../engine/apply/apply-to-files.js';
import { cleanLine } from '../report/clean-text.js';

/** What a person can do on the command line so that a rejected reply may apply; each once. */
export function suggestForReply({ rejections, place }: ApplyReport, hasNames: boolean): string[] {
  return [...new Set(rejections.flatMap((rejection) => suggest(rejection, place, hasNames)))];
}

function suggest({ code, path }: Rejection, place: ApplyReport['place'], hasNames: boolean): string[] {
  if (code === 'unknown-path' && path === undefined && !hasNames) {
    return ['Say which file it is for: --files PATH'];
  }
  if (code !== 'not-offered' || path === undefined) return [];
  const name = cleanLine(path);
  if (place.prefix !== '' && path.startsWith(place.prefix)) {
    return [`Paths are read as from ${cleanLine(place.root)}: give the top of the repository with --root.`];
  }
  if (hasNames) return [`To let it change ${name}, name that in --files too.`];
  const why =
    place.repository === undefined
      ? `${name} is not among the files that are looked for`
      : `git does not track ${name}`;
  return [`${why}. To let it change that: --files ${name}`];
}
