/** Typographic characters that stand for one that code has. (Map: Codex apply-patch, plus `…`.) */
const KINDS: readonly {
  pattern: RegExp;
  plain: string;
  family: 'quote' | 'dash' | 'space' | 'dots';
  /** The plain character where the typographic one could stand. */
  inText: RegExp;
}[] = [
  { pattern: /[\u2018-\u201B\u2032]/g, plain: "'", family: 'quote', inText: /'/ },
  { pattern: /[\u201C-\u201F\u2033]/g, plain: '"', family: 'quote', inText: /"/ },
  { pattern: /[\u2010-\u2015\u2212]/g, plain: '-', family: 'dash', inText: / - / },
  { pattern: /[\u00A0\u2002-\u200A\u202F\u205F\u3000]/g, plain: ' ', family: 'space', inText: /\S \S/ },
  { pattern: /\u2026/g, plain: '...', family: 'dots', inText: /\.\.\./ },
];
const ANY = /[\u00A0\u2002-\u200A\u2010-\u2015\u2018-\u201F\u2026\u202F\u2032\u2033\u205F\u2212\u3000]/;

/** Typographic quotes, dashes, dots and spaces as the characters that code has. */
export function foldTypography(text: string): string {
  if (!ANY.test(text)) return text;
  return KINDS.reduce((folded, { pattern, plain }) => folded.replace(pattern, plain), text);
}

/** Typographic spaces that must stand in new lines without any other. */
const FEWEST_SPACES = 3;

/** A line of the file with what the reply has in its place. */
interface Pair {
  file: string;
  reply: string;
}

/**
 * How to write the reply's new lines as the file would: a family of characters that the reply's old lines have where the
 * file has plain ones is plain in the new lines too. The function returns undefined for a line of which that can't be
 * told: where the file has some of that family itself, or (`isPlainFile`) has no typographic character while the only
 * spaces of the new lines are such. New lines of many words without a plain space between them are bent, too.
 */
export function settleTypography(
  pairs: readonly Pair[],
  added: readonly string[],
  isPlainFile = false,
): (line: string) => string | undefined {
  const families = new Map<string, { bent: boolean; kept: boolean }>();
  for (const { file, reply } of pairs) {
    if (!ANY.test(reply)) continue;
    for (const { pattern, family } of KINDS) {
      const inReply = reply.match(pattern)?.length ?? 0;
      const inFile = file.match(pattern)?.length ?? 0;
      const known = families.get(family) ?? { bent: false, kept: false };
      families.set(family, { bent: known.bent || inReply > inFile, kept: known.kept || inFile > 0 });
    }
  }
  if (isSpacedThroughout(added))
    families.set('space', { bent: true, kept: families.get('space')?.kept === true });
  const bent = KINDS.filter(({ family }) => families.get(family)?.bent === true);
  if (isPlainFile && families.get('space')?.bent !== true && isOddlySpaced(added)) return () => undefined;
  if (bent.length === 0) return (line) => line;
  return (line) => {
    if (!ANY.test(line)) return line;
    let settled = line;
    for (const { pattern, plain, family } of bent) {
      const folded = settled.replace(pattern, plain);
      if (folded !== settled && families.get(family)?.kept === true) return undefined;
      settled = folded;
    }
    return settled;
  };
}

/** Whether all spaces between words are typographic, and they are not just a few: no text is written like that. */
function isSpacedThroughout(lines: readonly string[]): boolean {
  const { odd, plain } = countSpaces(lines);
  return odd >= FEWEST_SPACES && plain === 0;
}

/** Whether the only spaces between words are typographic, but so few that they may be meant. */
function isOddlySpaced(lines: readonly string[]): boolean {
  const { odd, plain } = countSpaces(lines);
  return odd > 0 && odd < FEWEST_SPACES && plain === 0;
}

function countSpaces(lines: readonly string[]): { odd: number; plain: number } {
  const inner = lines.map((line) => line.trim()).join('\n');
  return {
    odd: inner.match(/[\u00A0\u2002-\u200A\u202F\u205F\u3000]/g)?.length ?? 0,
    plain: inner.match(/ /g)?.length ?? 0,
  };
}

/**
 * A block of code without old lines as the file would write it. A kind of character is bent if the block has it in a line
 * of which the file's has the plain one, and has the plain one nowhere: no model writes one function in two ways. What
 * the file has too is then taken from there. Undefined when the file has that kind itself and a new line does not tell
 * what it means.
 */
export function settleBlock(
  lines: readonly string[],
  file: { lines: readonly string[]; linesLike(line: string): readonly number[] },
): readonly string[] | undefined {
  if (!lines.some((line) => ANY.test(line))) return lines;
  const likes = lines.map((line) =>
    ANY.test(line) ? [...new Set(file.linesLike(line).map((at) => (file.lines[at] ?? '').trimStart()))] : [],
  );
  const bent = KINDS.filter(
    ({ pattern, inText }) =>
      lines.some((line, at) => {
        const count = countOf(line, pattern);
        return (
          count > 0 && likes[at]?.length !== 0 && likes[at]?.every((own) => countOf(own, pattern) < count)
        );
      }) && !lines.some((line) => inText.test(line)),
  );
  if (bent.length === 0) return lines;
  const kept = bent.filter(({ pattern }) => file.lines.some((line) => countOf(line, pattern) > 0));
  const settled: string[] = [];
  for (const [at, line] of lines.entries()) {
    const [like, other] = likes[at] ?? [];
    if (like !== undefined && other === undefined) {
      settled.push(foldTypography(/^\s*/.exec(line)?.[0] ?? '') + like);
      continue;
    }
    if (kept.some(({ pattern }) => countOf(line, pattern) > 0)) return undefined;
    settled.push(bent.reduce((text, { pattern, plain }) => text.replace(pattern, plain), line));
  }
  return settled;
}

function countOf(line: string, pattern: RegExp): number {
  return line.match(pattern)?.length ?? 0;
}
