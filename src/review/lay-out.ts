import stringWidth from 'string-width';
import { printableLine, printableLines } from './printable.js';

/** Columns that a report keeps to; only what can't be broken (a path, a command) goes beyond. */
const COLUMNS = 100;

/** A heading and its lines, each indented; nothing at all when there are no lines. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

/** Breaks one line of text at its blanks so that it fits; further lines get `indent` blanks more. */
export function wrap(text: string, indent = 0, columns = COLUMNS - 2): string[] {
  const [first = '', ...words] = printableLine(text).split(' ');
  const lines: string[] = [];
  let line = first;
  for (const word of words) {
    const longer = `${line} ${word}`;
    if (line.trim() !== '' && stringWidth(longer) > columns) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** A text of several lines, as it stands, with too long lines broken. */
export function wrapText(text: string): string[] {
  return printableLines(text).flatMap((line) => wrap(line));
}

/** Rows of cells in columns of even width; the last cell of a row is as long as it is. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => row.map(printableLine));
  const widths: number[] = [];
  for (const row of clean) {
    for (const [column, cell] of row.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? 0, Math.min(stringWidth(cell), 48));
    }
  }
  return clean.map((row) =>
    row
      .map((cell, column) => {
        const pad = column === row.length - 1 ? 0 : (widths[column] ?? 0) - stringWidth(cell);
        return cell + ' '.repeat(Math.max(0, pad));
      })
      .join('  ')
      .trimEnd(),
  );
}

/** The first lines of a list and, if it is longer, how many there are more. */
export function firstOf(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most), `… and ${lines.length - most} more`];
}

/** `1 commit`, `3 commits`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min` from milliseconds. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `2026-11-22 16:36 UTC` from an ISO time. */
export function moment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** The object name as people read it. */
export function short(oid: string): string {
  return oid.slice(0, 12);
}
