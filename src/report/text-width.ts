/** Columns that a text without colours takes on a terminal. */
export type MeasureText = (text: string) => number;

const ASCII = /^[\u0020-\u007E]*$/u;

/**
 * How to measure these texts. Most of what Nexus prints is ASCII, for which the length will do: the tables of Unicode
 * cost 20 ms to load, a third of what `nexus status` takes besides node itself.
 */
export async function loadMeasure(texts: Iterable<string>): Promise<MeasureText> {
  for (const text of texts) if (!ASCII.test(text)) return loadUnicodeMeasure();
  return (text) => text.length;
}

/** Measures any text. */
export async function loadUnicodeMeasure(): Promise<MeasureText> {
  const { default: stringWidth } = await import('string-width');
  return (text) => (ASCII.test(text) ? text.length : stringWidth(text));
}

/** `text` cut to at most `columns`, with an ellipsis when something went. `text` has no colours. */
export function cutToWidth(text: string, columns: number, measure: MeasureText): string {
  if (measure(text) <= columns) return text;
  if (columns < 1) return '';
  let width = 0;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += measure(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
