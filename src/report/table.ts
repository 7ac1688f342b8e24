import { cleanLine } from './clean-text.js';
import { cutToWidth, loadMeasure, type MeasureText } from './text-width.js';

/** One cell: its text, which may be anybody's, and how to colour it once it is cut and filled. */
export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

const GAP = '  ';
const SMALLEST_LAST_COLUMN = 20;

/**
 * Rows as aligned columns. The last column takes what is left of `columns` and is cut there; with `columns` undefined
 * (a pipe or a file) nothing is cut.
 */
export async function renderTable(
  rows: readonly (readonly Cell[])[],
  columns: number | undefined,
): Promise<string> {
  const clean = rows.map((row) => row.map((cell) => ({ ...cell, text: cleanLine(cell.text) })));
  const measure = await loadMeasure(clean.flatMap((row) => row.map(({ text }) => text)));
  const widths = columnWidths(clean, measure);
  return clean.map((row) => renderRow(row, widths, columns, measure)).join('\n');
}

function columnWidths(rows: readonly (readonly Cell[])[], measure: MeasureText): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, measure(cell.text));
    }
  }
  return widths;
}

function renderRow(
  row: readonly Cell[],
  widths: readonly number[],
  columns: number | undefined,
  measure: MeasureText,
): string {
  let used = 0;
  const cells = row.map((cell, index) => {
    const paint = cell.paint ?? ((text: string) => text);
    if (index === row.length - 1) {
      const room = columns === undefined ? Infinity : Math.max(SMALLEST_LAST_COLUMN, columns - used);
      return paint(cutToWidth(cell.text, room, measure));
    }
    const width = widths[index] ?? 0;
    used += width + GAP.length;
    // The fill stays outside the colour, so that trailing blanks are never painted.
    return paint(cell.text) + ' '.repeat(width - measure(cell.text));
  });
  return cells.join(GAP).trimEnd();
}
