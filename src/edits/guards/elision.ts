/** What opens a comment in any language, and what may close it. */
const COMMENT_OPEN = /^(?:\/\/+|\/\*+|\*+|#+|--+|<!--+|\{\/\*|%+|;+|\(\*|\{-|"""|'''|REM\b|')\s*/i;
const COMMENT_CLOSE = /\s*(?:\*\/\}?|--+>|\*\)|-\}|"""|''')\s*$/;
/** A line that starts like this is code or prose: most lines, so they are told apart first. */
const PLAIN_START = /^(?!REM\b)[\w$@]/i;
const DOTS = /(?:\.{3,}|…)/;
const ALL_DOTS = /\.{3,}|…/g;
const BRACKETS = /^[\s([{<]+|[\s)\]}>]+$/g;

/** Phrases that stand for code which the model did not write. */
const PHRASES = [
  /\b(?:rest|remainder) of (?:the |your |this |my |our )?(?:\w+ ){0,3}(?:code|file|function|method|class|component|module|implementation|content|contents|script|document|tests?|functions|methods|imports|logic|body|program|section|definitions?|declarations?|styles?|rules|routes|handlers|config|configuration|lines)\b/,
  /\b(?:rest|remainder|remaining (?:code|functions|methods|parts?|lines|content|tests|logic)|other (?:code|functions|methods|parts|imports|tests)|everything else|all other \w+)\b.*\b(?:here|unchanged|as before|the same|as is|omitted|untouched|intact)$/,
  /\b(?:existing|previous|original|unchanged|remaining|same) (?:\w+ ){0,2}(?:code|functions?|methods?|implementations?|imports?|content|logic|tests?|lines|definitions?|declarations?|class(?:es)?|styles?|routes?|body)\b(?: (?:here|above|below|goes here|remains?|unchanged|omitted|as before|stays?|continues?))*$/,
  /\b(?:code|function|functions|method|methods|class|implementation|imports|content|file|logic|body|tests|everything|it|above|below)\b.*\b(?:remains?|stays?|is kept|are kept) (?:unchanged|the same|as (?:is|before)|untouched|intact)\b/,
  /\b(?:no changes?(?: (?:here|needed|below|above|to (?:this|the)\b.*))?|unchanged(?: (?:code|part|section|below|above|lines?))?|same as (?:before|above|original|the original|in the original)|as before|omitted(?: for brevity)?|for brevity|truncated|snip(?:ped)?|keep (?:the )?(?:rest|existing)\b.*|continues? (?:as before|unchanged))$/,
  /\b(?:your|the) (?:existing|other|remaining|original) (?:\w+ ){0,2}(?:code|functions?|methods?|logic|implementation|imports)\b/,
];
/** Words that make a line of dots a placeholder even without a phrase. */
const WITH_DOTS =
  /\b(?:rest|existing|unchanged|remaining|previous|other|same|omitted|more|continue|continued|etc|snip|truncated|code|implementation|methods|functions|imports|tests|lines)\b/;

/**
 * Whether a line stands for code that was left out ("// ... rest of the code unchanged"). Only a line that is nothing
 * but a comment or dots counts; a sentence inside code or a longer comment does not.
 */
export function isElision(line: string): boolean {
  const text = line.trim();
  if (text === '' || text.length > 200 || PLAIN_START.test(text)) return false;
  const opened = COMMENT_OPEN.exec(text);
  const inner = text
    .slice(opened?.[0].length ?? 0)
    .replace(COMMENT_CLOSE, '')
    .trim();
  const hasDots = DOTS.test(inner);
  const bare = inner.replace(ALL_DOTS, ' ').replace(BRACKETS, '').trim().toLowerCase();
  if (bare === '')
    return (
      hasDots &&
      (opened !== null || /^[([{<]?\s*(?:\.{3,}|…)\s*[)\]}>]?$/.test(text)) &&
      !isBareEllipsis(text)
    );
  if (opened === null && !isBracketed(text) && !(hasDots && /^(?:\.{3,}|…)\s/.test(text))) return false;
  if (bare.split(/\s+/).length > 14) return false;
  const words = bare.replace(/[.!,;:()]+$/g, '').trim();
  if (PHRASES.some((phrase) => phrase.test(words))) return true;
  const startsOrEndsInDots = /^\W*(?:\.{3,}|…)/.test(inner) || /(?:\.{3,}|…)\W*$/.test(inner);
  return hasDots && startsOrEndsInDots && WITH_DOTS.test(words) && words.split(/\s+/).length <= 6;
}

/** `[... rest of the code ...]`, `(unchanged)`, `<rest of file>`: not code in any language that has them on a line. */
function isBracketed(text: string): boolean {
  return /^(?:\[.*\]|\(.*\)|<[^/!][^<>=]*>|\{.*\})$/.test(text) && /\s/.test(text);
}

/** `...` alone is Python's empty body, and three dots are an operator elsewhere; `isDotsLine` judges those. */
function isBareEllipsis(text: string): boolean {
  return /^(?:\.{3}|…)$/.test(text);
}

/** A line of nothing but dots, perhaps in a comment: stands for unchanged text where a format gives it that meaning. */
export function isDotsLine(line: string): boolean {
  const text = line.trim();
  if (text.length > 200) return false;
  const inner = text.replace(COMMENT_OPEN, '').replace(COMMENT_CLOSE, '').trim();
  return /^(?:\.{3,}|…)$/.test(inner) || isElision(text);
}
