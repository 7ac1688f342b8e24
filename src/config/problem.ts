import { EXIT, NexusError } from '../errors.js';

/** Where something stands in a text file; both count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** Something wrong in a file that a person wrote. */
export interface Problem {
  position: Position;
  message: string;
  remedy: string | undefined;
}

/** More lines than this help nobody; the rest is counted. */
const SHOWN_PROBLEMS = 50;

/** One line per problem in the order of the file: `tasks.yml:7:5 message. Remedy`. */
export function renderProblems(file: string, problems: readonly Problem[]): string {
  const ordered = sortProblems(problems);
  const lines = ordered.slice(0, SHOWN_PROBLEMS).map(({ position, message, remedy }) => {
    const where = `${file}:${position.line}:${position.column}`;
    return remedy === undefined ? `${where} ${message}` : `${where} ${message} ${remedy}`;
  });
  const hidden = ordered.length - lines.length;
  if (hidden > 0) lines.push(`… and ${hidden} more.`);
  return lines.join('\n');
}

/** The problems by line, then column. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
}

/** One error that lists every problem of a file (exit code 3). */
export function createProblemsError(code: string, file: string, problems: readonly Problem[]): NexusError {
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
  return new NexusError({
    code,
    message: `${file} has ${count}:\n${renderProblems(file, problems)}`,
    remedy: `Correct ${file} and run the command again.`,
    exitCode: EXIT.config,
  });
}
