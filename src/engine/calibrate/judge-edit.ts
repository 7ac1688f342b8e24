import type { CalibrationEdit, Place } from './edits/edit.js';

/**
 * Whether a text is what the edit asks for: every place has one of its right texts, and all that stands between the places
 * is as it was, byte for byte but for blank lines. In a place it does not matter how lines are broken and spaced, which
 * quotes a text has, and whether there are comments, a last comma or semicolons.
 */
export function isRight(edit: CalibrationEdit, text: string): boolean {
  const [first = '', ...rest] = splitAtPlaces(edit).map(withoutBlankLines);
  const whole = withoutBlankLines(text);
  if (!whole.startsWith(first)) return false;
  return matchesFrom(whole, first.length, { edit, rest, index: 0 });
}

/** No text of an edit has them where they mean something. */
function withoutBlankLines(text: string): string {
  return text.replaceAll(/\n(?:[ \t]*\n)+/gu, '\n');
}

interface Remaining {
  edit: CalibrationEdit;
  /** What stays between and after the places. */
  rest: readonly string[];
  index: number;
}

/** What stands after a place may stand in it, too: every way to divide the text is tried. */
function matchesFrom(text: string, from: number, { edit, rest, index }: Remaining): boolean {
  const place = edit.places[index];
  const kept = rest[index];
  if (place === undefined || kept === undefined) return from === text.length;
  if (index === rest.length - 1) {
    const to = text.length - kept.length;
    return to >= from && text.endsWith(kept) && isRightPlace(edit, place, text.slice(from, to));
  }
  for (let at = text.indexOf(kept, from); at !== -1; at = text.indexOf(kept, at + 1)) {
    const fits = isRightPlace(edit, place, text.slice(from, at));
    if (fits && matchesFrom(text, at + kept.length, { edit, rest, index: index + 1 })) return true;
  }
  return false;
}

/** The pieces of the text around the places. @throws Error when the edit itself is wrong: two places must not touch */
export function splitAtPlaces({ id, text, places }: CalibrationEdit): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const { old } of places) {
    const at = text.indexOf(old, from);
    if (at === -1 || (at === from && from > 0))
      throw new Error(`The calibration edit ${id} has no place ${JSON.stringify(old)}`);
    pieces.push(text.slice(from, at));
    from = at + old.length;
  }
  return [...pieces, text.slice(from)];
}

function isRightPlace({ path }: CalibrationEdit, { right }: Place, text: string): boolean {
  const normal = path.endsWith('.py') ? normalisePython(text) : normalise(text);
  return right.some((each) => {
    if (each instanceof RegExp) return each.test(normal);
    return (path.endsWith('.py') ? normalisePython(each) : normalise(each)) === normal;
  });
}

/** One line of what matters; blanks only where two words would become one. None of the texts has `//` in a string. */
function normalise(text: string): string {
  const bare = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gmu, '').replaceAll("'", '"');
  const signs = [...bare.matchAll(/"[^"\n]*"|\w+|[^\s\w]/gu)].map(([sign]) => sign);
  const needed = signs.filter((sign, index) => {
    const isLastComma = sign === ',' && /^[)\]}]$/u.test(signs[index + 1] ?? '');
    return sign !== ';' && !isLastComma;
  });
  const isWord = (sign: string | undefined): boolean => sign !== undefined && /^[\w"]/u.test(sign);
  return needed.map((sign, at) => (isWord(sign) && isWord(needed[at - 1]) ? ` ${sign}` : sign)).join('');
}

/** Its lines, each with its indentation, which matters there. */
function normalisePython(text: string): string {
  return text
    .replaceAll(/#.*$/gmu, '')
    .split('\n')
    .map((line) => `${/^\s*/u.exec(line)?.[0] ?? ''}${normalise(line)}`.trimEnd())
    .filter((line) => line !== '')
    .join('\n')
    .replaceAll(/,(?=\n?\s*[)\]}])/gu, '');
}
