/** White space in a row, without indentation, that no answer needs. In characters. */
const MOST_WHITE_SPACE = 200;
/** White space at the start of a line counts as indentation up to here. In characters. */
const DEEPEST_INDENTATION = 80;
/** The same line, or the same block of up to `LONGEST_BLOCK` lines, this many times in a row. */
const MOST_REPEATS = 40;
const LONGEST_BLOCK = 8;
/** Short lines (`0,`, `},`) stand in tables and closing brackets, so they may repeat more often. */
const SHORT_LINE = 3;
const MOST_SHORT_REPEATS = 400;

/** Watches an answer as it comes. */
export interface RunawayGuard {
  /** Takes the next piece of text; returns why the answer is running away, or undefined while it is not. */
  check(piece: string): string | undefined;
}

/**
 * Small models fall into loops that would fill the whole answer: white space without end (seen under a JSON grammar,
 * reference §4), or the same lines again and again. Stopping early saves minutes; the limits leave room for every real
 * file: blank lines and deep indentation, tables of equal lines.
 */
export function createRunawayGuard(): RunawayGuard {
  const checkWhiteSpace = watchWhiteSpace();
  const checkLine = watchLines();
  let line = '';
  return {
    check(piece) {
      const endless = checkWhiteSpace(piece);
      if (endless !== undefined) return endless;
      const lines = piece.split('\n');
      for (const [index, part] of lines.entries()) {
        line += part;
        if (index === lines.length - 1) break;
        const repeated = checkLine(line.trim());
        if (repeated !== undefined) return repeated;
        line = '';
      }
      return undefined;
    },
  };
}

function watchWhiteSpace(): (piece: string) => string | undefined {
  let run = 0;
  let indentation = 0;
  let isLineStart = true;
  return (piece) => {
    for (const char of piece) {
      if (char === '\n') {
        run += 1;
        indentation = 0;
        isLineStart = true;
      } else if (char.trim() !== '') {
        run = 0;
        isLineStart = false;
      } else if (isLineStart && indentation < DEEPEST_INDENTATION) {
        indentation += 1;
      } else {
        run += 1;
      }
      if (run > MOST_WHITE_SPACE) return 'white space without end';
    }
    return undefined;
  };
}

/** Counts, for each block length, how many lines in a row equal the line one block before. Blank lines don't count. */
function watchLines(): (line: string) => string | undefined {
  const recent: string[] = [];
  const streaks = Array.from({ length: LONGEST_BLOCK + 1 }, () => ({ lines: 0, isShort: true }));
  return (line) => {
    if (line === '') return undefined;
    for (let block = 1; block <= LONGEST_BLOCK; block += 1) {
      const streak = streaks[block];
      if (streak === undefined) continue;
      const isSame = recent.at(-block) === line;
      streak.lines = isSame ? streak.lines + 1 : 0;
      streak.isShort = line.length <= SHORT_LINE && (streak.isShort || !isSame);
      const most = streak.isShort ? MOST_SHORT_REPEATS : MOST_REPEATS;
      if (streak.lines >= most * block) {
        return block === 1 ? 'the same line again and again' : `the same ${block} lines again and again`;
      }
    }
    recent.push(line);
    if (recent.length > LONGEST_BLOCK) recent.shift();
    return undefined;
  };
}
