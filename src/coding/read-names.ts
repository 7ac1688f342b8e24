/** What a text names as code. */
export interface SpokenNames {
  /** Names that can't be words of prose: called, distinctive, or behind a word such as "function". */
  clear: ReadonlySet<string>;
  /** Names that stand alone in backticks: a parameter or a key of the same name may be meant. */
  quoted: ReadonlySet<string>;
  /** `Cart.add`, whatever stands between the two in the text. */
  qualified: ReadonlySet<string>;
  /** Names of what the text asks to add. */
  added: ReadonlySet<string>;
  /** Every word, to tell of which class a name may be. */
  words: ReadonlySet<string>;
}

const IDENTIFIER = String.raw`[\p{ID_Start}$_#][\p{ID_Continue}$]*`;
const BETWEEN = String.raw`(?:\.|::|#|->)`;
const KINDS = 'function|method|class|type|interface|struct|enum|trait|constant|variable|helper';

const WORD = new RegExp(`${IDENTIFIER}(?:${BETWEEN}${IDENTIFIER})*(\\(?)`, 'gu');
const WORD_ALONE = new RegExp(IDENTIFIER, 'gu');
const QUOTED = new RegExp(`\`(${IDENTIFIER}(?:${BETWEEN}${IDENTIFIER})*)\``, 'gu');
const AFTER_KIND = new RegExp(`\\b(?:${KINDS})s?\\s+\`?(${IDENTIFIER})`, 'gu');
const BEFORE_KIND = new RegExp(`(${IDENTIFIER})\`?\\s+(?:${KINDS})\\b`, 'gu');
const ADDED = new RegExp(
  `\\b(?:add|create|write|implement|introduce|provide|new)\\b[^.\\n]{0,40}?\\b(?:${KINDS})\\s+(?:called\\s+|named\\s+)?\`?(${IDENTIFIER})`,
  'giu',
);
/** No word of prose: an underscore or a digit inside, or a small letter before a capital one. */
const DISTINCTIVE = /[\p{L}\d]_[\p{L}\d]|\p{Ll}\p{Lu}|\p{L}\d/u;

export function readNames(text: string): SpokenNames {
  const clear = new Set<string>();
  const quoted = new Set<string>();
  const qualified = new Set<string>();
  const words = new Set<string>();
  const take = (written: string, bare: Set<string>): void => {
    const parts = written.split(/\.|::|#(?=.)|->/u).filter((part) => part !== '');
    for (const part of parts) words.add(part);
    if (parts.length > 1) qualified.add(parts.slice(-2).join('.'));
    else for (const part of parts) bare.add(part);
  };
  const prose = new Set<string>();
  for (const { 0: whole, 1: opens = '' } of text.matchAll(WORD)) {
    take(opens === '' ? whole : whole.slice(0, -1), opens === '' ? prose : clear);
  }
  for (const word of prose) if (DISTINCTIVE.test(word)) clear.add(word);
  for (const { 1: name = '' } of text.matchAll(QUOTED)) take(name, quoted);
  for (const pattern of [AFTER_KIND, BEFORE_KIND]) {
    for (const { 1: name = '' } of text.matchAll(pattern)) clear.add(name);
  }
  const added = [...text.matchAll(ADDED)].map((match) => match[1] ?? '');
  return { clear, quoted, qualified, words, added: new Set(added.filter((name) => isName(name, text))) };
}

/** What a reply of declarations can't say: that one goes, or gets another name or place. */
const TAKES_AWAY = /\b(?:remov|delet|renam|extract|get rid|mov(?:e|es|ed|ing)\b)/i;

/** Whether a text asks for more than to change and add declarations; `names` may hold such a word themselves. */
export function takesAway(text: string, names: Iterable<string>): boolean {
  const own = new Set(names);
  return TAKES_AWAY.test(text.replaceAll(WORD_ALONE, (word) => (own.has(word) ? '' : word)));
}

/** "Add a function to sort the lines" names no function. */
function isName(word: string, text: string): boolean {
  return (
    DISTINCTIVE.test(word) ||
    /^\p{Lu}/u.test(word) ||
    text.includes(`${word}(`) ||
    text.includes(`\`${word}\``)
  );
}
