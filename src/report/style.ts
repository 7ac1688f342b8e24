import picocolors from 'picocolors';

type Paint = (text: string) => string;

/** Colours by what they mean. `clean-text.ts` lets exactly these codes through. */
export interface Style {
  strong: Paint;
  faint: Paint;
  good: Paint;
  bad: Paint;
  warn: Paint;
  name: Paint;
}

export function createStyle(colours: boolean): Style {
  const paint = picocolors.createColors(colours);
  return {
    strong: paint.bold,
    faint: paint.dim,
    good: paint.green,
    bad: paint.red,
    warn: paint.yellow,
    name: paint.cyan,
  };
}
