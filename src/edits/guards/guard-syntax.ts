import type { ParsedText, SyntaxFault } from '../../syntax/types.js';
import type { OpenFiles } from '../open-file.js';
import type { RepoPath } from '../types.js';
import type { Objection } from './guard-change.js';

/** Macros make ordinary C and C++ unreadable to a parser that does not expand them: new files get the benefit of doubt. */
const HAS_MACROS = /^C(?:\+\+)?$/;
const LONGEST_LINE = 100;

/**
 * A text that cannot be parsed while the file could be: the edit is broken. A file that had faults before is let pass,
 * since its parser may not know all of its language.
 */
export function guardSyntax(
  path: RepoPath,
  newText: string,
  files: OpenFiles,
  parseNew: () => ParsedText | undefined,
): Objection | undefined {
  const file = files.open(path);
  const parser = files.parserFor(path);
  if (parser === undefined || (file === undefined && HAS_MACROS.test(parser.language))) return undefined;
  if (file !== undefined && file.text.trim() !== '') {
    const before = file.parsed();
    if (before === undefined || before.faults.length > 0) return undefined;
  }
  const [fault] = parseNew()?.faults ?? [];
  if (fault === undefined) return undefined;
  const message = `The new ${path} is not valid ${parser.language}: ${describe(fault)}.`;
  const line = (newText.split('\n')[fault.line] ?? '').trim().slice(0, LONGEST_LINE);
  return {
    code: 'new-syntax-errors',
    message,
    feedback: `${message} There it would read: ${line}\nSend the edit again so that every bracket, quote and block is closed.`,
  };
}

function describe({ line, missing }: SyntaxFault): string {
  return missing === undefined ? `line ${line + 1} cannot be read` : `line ${line + 1} lacks ${missing}`;
}
