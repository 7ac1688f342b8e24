import type { Declaration, ParsedText, SourceParser } from '../../syntax/types.js';
import { listedExports } from './export-lists.js';

const SCRIPT = /^(?:JavaScript|TypeScript|TSX)$/;

/** What a declaration of a reply is to be introduced with (`export `, `pub `, nothing), as its file has it. */
export type Visibility = (wanted: Declaration, target: Declaration | undefined) => string;

/**
 * The rule of one file. What the file's own declaration has stays: models forget an `export` and add one out of habit.
 * A new `export` is kept only where the file is a module with exports or imports and does not list the name already.
 */
export function visibilityIn(
  file: ParsedText,
  fileLines: readonly string[],
  parser: SourceParser,
): Visibility {
  if (!isScript(parser)) {
    return (wanted, target) => (wanted.visibility === '' ? (target?.visibility ?? '') : wanted.visibility);
  }
  const isModule = usesModules(file, fileLines);
  const listed = listedExports(file);
  const hasDefault =
    file.declarations.some(({ visibility }) => visibility.includes('default')) ||
    file.statements.some(({ text }) => text.startsWith('export default'));
  return (wanted, target) => {
    if (target !== undefined && target.visibility !== '') return target.visibility;
    if (!isModule || listed.has(wanted.name)) return '';
    if (wanted.visibility.includes('default') && hasDefault) return '';
    return wanted.visibility;
  };
}

/** JavaScript and what is made of it. */
export function isScript(parser: SourceParser): boolean {
  return SCRIPT.test(parser.language);
}

/** Whether a script has exports or imports in the way of modules. */
export function usesModules(file: ParsedText, fileLines: readonly string[]): boolean {
  return (
    file.declarations.some(({ visibility }) => visibility.startsWith('export')) ||
    file.statements.some(({ text }) => text.startsWith('export')) ||
    file.imports.some(({ lines }) => /^\s*import\b/.test(fileLines[lines.from] ?? ''))
  );
}

/** The line on which a declaration begins, introduced as `visibility` says. */
export function introduce(line: string, declaration: Declaration, visibility: string): string {
  const { column } = declaration.head;
  if (visibility === declaration.visibility) return line;
  const start = column - declaration.visibility.length;
  if (line.slice(start, column) !== declaration.visibility) return line;
  return line.slice(0, start) + visibility + line.slice(column);
}
