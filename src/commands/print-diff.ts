import { createStyle } from '../report/style.js';
import type { Terminal } from '../report/terminal.js';

/** Prints a diff and nothing else. Coloured here and not by git, so that colours in the files themselves can be told from ours. */
export function printDiff(terminal: Terminal, text: string): void {
  if (!terminal.colours) return terminal.verbatim(text);
  const style = createStyle(true);
  const paint = (line: string): string => {
    if (/^(?:diff |index |\+\+\+ |--- )/u.test(line)) return style.strong(line);
    if (line.startsWith('@@')) return style.name(line);
    if (line.startsWith('+')) return style.good(line);
    return line.startsWith('-') ? style.bad(line) : line;
  };
  terminal.out(text.trimEnd().split('\n').map(paint).join('\n'));
}
