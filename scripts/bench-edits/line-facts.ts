import { findStringLines } from './functions.js';
import { SYNTAX, type Language } from './languages.js';
import type { Source } from './source.js';

/** What a generator must know of a line to change the file there and leave it correct. */
export interface LineFacts {
  /** The line is a whole statement of its own inside a function. */
  isStatement: boolean;
  isComment: boolean;
  inString: boolean;
}

const known = new WeakMap<Source, LineFacts[]>();

export function factsOf(source: Source): readonly LineFacts[] {
  const before = known.get(source);
  if (before !== undefined) return before;
  const facts = collect(source);
  known.set(source, facts);
  return facts;
}

function collect({ language, lines, functions }: Source): LineFacts[] {
  const strings = findStringLines(language, lines);
  const inFunction = new Set<number>();
  for (const one of functions) for (let at = one.bodyFrom; at <= one.to; at += 1) inFunction.add(at);
  let depth = 0;
  let isInBlockComment = false;
  return lines.map((line, at) => {
    const inString = strings.has(at);
    const isComment = isInBlockComment || SYNTAX[language].isComment(line);
    if (!inString && language !== 'python') {
      if (/^\s*\/\*/.test(line) && !line.includes('*/')) isInBlockComment = true;
      else if (isInBlockComment && line.includes('*/')) isInBlockComment = false;
    }
    const before = depth;
    const brackets = isComment ? { net: 0, least: 0 } : countBrackets(language, line);
    if (!inString) depth = Math.max(0, depth + brackets.net);
    const previous = lines[at - 1] ?? '';
    const isStatement =
      inFunction.has(at) &&
      !inString &&
      !strings.has(at + 1) &&
      !isComment &&
      before === 0 &&
      brackets.net === 0 &&
      brackets.least === 0 &&
      /^\s*[A-Za-z_$*(]/.test(line) &&
      !/^\s*(?:case|default|else|except|finally|elif|catch|break|continue|fallthrough|goto|return|throw|raise|pass|yield)\b/.test(
        line,
      ) &&
      endsStatement(language, line) &&
      beginsStatement(language, previous, SYNTAX[language].isComment(previous));
    return { isStatement, isComment, inString };
  });
}

/** Round and square brackets outside of strings; for Python curly ones too, which are no blocks there. */
function countBrackets(language: Language, line: string): { net: number; least: number } {
  const bare = line
    .replace(/\\./g, '')
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '')
    .replace(language === 'python' ? /#.*$/ : /\/\/.*$/, '');
  const open = language === 'python' ? '([{' : '([';
  const close = language === 'python' ? ')]}' : ')]';
  let net = 0;
  let least = 0;
  for (const character of bare) {
    if (open.includes(character)) net += 1;
    else if (close.includes(character)) least = Math.min(least, (net -= 1));
  }
  return { net, least };
}

function endsStatement(language: Language, line: string): boolean {
  if (language === 'python') return !/(?:[:,\\([{=+*/|&-]|\b(?:and|or|not|in|is))\s*(?:#.*)?$/.test(line);
  // What ends in a back quote is the tag of a field; what has a comment behind it may open a block.
  // A field of a struct is a name and a type.
  if (language === 'go') {
    return (
      /[\w)\]"+-]$/.test(line) && /[(=]|\+\+|--/.test(line) && !/^\s*[\w"]+:|\/\/|^\s*\w+ +func\b/.test(line)
    );
  }
  // A member of a type ends like a statement.
  return line.endsWith(';') && !(language === 'typescript' && /^\s*[\w']+\??: /.test(line));
}

function beginsStatement(language: Language, previous: string, isComment: boolean): boolean {
  if (isComment || previous.trim() === '') return true;
  if (language === 'python')
    return /(?:^\s*(?:if|for|while|else|elif|with|def|try).*:|[\w)\]"'])\s*$/.test(previous);
  if (language === 'go') return /[\w)\]"`{}+-]$/.test(previous);
  return /[;{}]$/.test(previous);
}
