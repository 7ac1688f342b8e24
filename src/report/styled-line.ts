import { cleanLine } from './clean-text.js';
import { cutToWidth, type MeasureText } from './text-width.js';

/** A stretch of a line that has one colour. The text may be anybody's. */
export interface Segment {
  text: string;
  paint?: (text: string) => string;
}

/** What one row of the terminal is to show. */
export type StyledLine = readonly Segment[];

/** The line cleaned and cut to at most `columns`; the colours are put on what is left of each stretch. */
export function renderLine(line: StyledLine, columns: number, measure: MeasureText): string {
  let room = columns;
  let rendered = '';
  for (const { text, paint } of line) {
    const whole = cleanLine(text);
    const cut = cutToWidth(whole, room, measure);
    rendered += paint === undefined || cut === '' ? cut : paint(cut);
    if (cut !== whole) break;
    room -= measure(whole);
  }
  return rendered;
}
