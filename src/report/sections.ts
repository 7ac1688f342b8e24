import type { StyledLine } from './styled-line.js';
import type { Style } from './style.js';

/** Lines of one kind, of which only some may fit. */
export interface Section {
  label: string;
  items: readonly StyledLine[];
  /** Lines at most. */
  limit: number;
  /** Whether to say how many items did not fit. */
  counted: boolean;
}

const LABEL_COLUMNS = 7;

/** The sections in at most `room` lines: each gets one, then another, as long as there are lines and it has use for them. */
export function fillSections(sections: readonly Section[], room: number, style: Style): StyledLine[] {
  const used = sections.filter(({ items }) => items.length > 0);
  const lines = used.map(() => 0);
  for (let left = room; left > 0;) {
    const before = left;
    for (const [index, { items, limit }] of used.entries()) {
      const has = lines[index] ?? 0;
      if (left === 0 || has >= Math.min(items.length, limit)) continue;
      lines[index] = has + 1;
      left -= 1;
    }
    if (left === before) break;
  }
  return used.flatMap((section, index) => renderSection(section, lines[index] ?? 0, style));
}

function renderSection({ label, items, counted }: Section, lines: number, style: Style): StyledLine[] {
  const margin = (text: string): string => `  ${text.padEnd(LABEL_COLUMNS)}`;
  const fits = lines >= items.length || !counted;
  // The count takes a line of its own; where there is only one, it stands behind the first item's name.
  const shown = fits || lines < 2 ? items.slice(0, lines) : items.slice(0, lines - 1);
  const rows = shown.map((item, index): StyledLine => [
    { text: margin(index === 0 ? label : ''), paint: style.faint },
    ...item,
  ]);
  if (fits || lines === 0) return rows;
  const more = `and ${items.length - shown.length} more`;
  if (lines > 1) return [...rows, [{ text: `${margin('')}${more}`, paint: style.faint }]];
  const [labelled = { text: '' }, name = { text: '' }, ...details] = rows[0] ?? [];
  return [
    [
      labelled,
      { ...name, text: name.text.trimEnd() },
      { text: ` ${more}  `, paint: style.faint },
      ...details,
    ],
  ];
}
