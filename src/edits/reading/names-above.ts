import type { Edit } from './edit.js';
import { isSourceName } from './path-hints.js';

/** Lines of prose above an edit that are looked at, and names in them: a longer list is of something else. */
const LINES_ABOVE = 3;
const MOST_NAMES = 4;

const QUOTED = /`([A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)*)(?:\(\))?`/g;
const CALLED = /\b(?:function|method|class|struct|interface|module|trait)\s+([A-Za-z_$][\w$]*)/g;

/** Names of code in the nearest lines of prose above `from`, without what qualifies them: `Shape.area()` is `area`. */
export function namesAbove(lines: readonly string[], from: number, taken: Uint8Array): string[] {
  const names = new Set<string>();
  let seen = 0;
  for (let at = from - 1; at >= 0 && at >= from - 2 * LINES_ABOVE && seen < LINES_ABOVE; at -= 1) {
    const line = lines[at] ?? '';
    if (taken[at] === 1) break;
    if (line.trim() === '' || line.length > 600) continue;
    for (const match of [...line.matchAll(QUOTED), ...line.matchAll(CALLED)]) {
      const name = match[1] ?? '';
      if (!isSourceName(name)) names.add(name.split(/\.|::|#/).at(-1) ?? name);
    }
    seen += 1;
  }
  return names.size > MOST_NAMES ? [] : [...names];
}

/** The edits with these names as a hint, if they are one: prose above several may speak of any of them. */
export function hintNames(edits: Edit[], names: readonly string[]): Edit[] {
  const [only, second] = edits;
  if (names.length === 0 || second !== undefined || only?.kind !== 'replace') return edits;
  return [{ ...only, hint: { ...only.hint, names } }];
}
