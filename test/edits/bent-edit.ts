import * as fc from 'fast-check';

/** A file with any ends, and an edit of some of its lines as a reply of some format writes it, bent in some way. */
export interface BentEdit {
  text: string;
  reply: string;
  /** Byte for byte what stands before and behind the lines that the edit is about. */
  before: string;
  behind: string;
  /** What the lines become, ends aside. */
  becomes: readonly string[];
}

const FORMATS = ['search-replace', 'unified-diff', 'begin-patch'] as const;

/** One line of an edit, as a diff has it. */
interface Line {
  op: ' ' | '-' | '+';
  text: string;
}

/** What happens to all lines of an edit; each keeps it clear what is meant. */
const BENDS: Readonly<Record<string, (lines: readonly Line[]) => readonly Line[]>> = {
  straight: (lines) => lines,
  indented: (lines) => lines.map(({ op, text }) => ({ op, text: text === '' ? '' : `    ${text}` })),
  tabs: (lines) =>
    lines.map(({ op, text }) => ({
      op,
      text: text.replace(/^ +/, (spaces) => '\t'.repeat(spaces.length / 2)),
    })),
  trailing: (lines) => lines.map(({ op, text }) => ({ op, text: op === '+' ? text : `${text} \t` })),
  blank: (lines) => lines.flatMap((line, at) => (at === 1 && line.op === ' ' ? [blank, line] : [line])),
  typographic: (lines) => lines.map(({ op, text }) => ({ op, text: text.replaceAll("'", '\u2019') })),
};
const blank: Line = { op: ' ', text: '' };

const word = fc.string({ unit: fc.constantFrom(...'abcdxyz(){};= '.split('')), maxLength: 10 });
const end = fc.constantFrom('\n', '\r\n');

/** Lines that no two of them are alike, every line of text with a quote. */
const lines = fc.array(fc.tuple(fc.nat(3), word, end, fc.boolean()), { minLength: 6, maxLength: 30 });

export const bentEdit: fc.Arbitrary<BentEdit> = fc
  .record({
    lines,
    bom: fc.boolean(),
    finalNewline: fc.boolean(),
    from: fc.nat(),
    removed: fc.integer({ min: 0, max: 3 }),
    added: fc.array(word, { maxLength: 3 }),
    context: fc.integer({ min: 1, max: 3 }),
    format: fc.constantFrom(...FORMATS),
    bend: fc.constantFrom(...Object.keys(BENDS)),
    replyEnd: end,
  })
  .map((made) => {
    const texts = made.lines.map(([depth, text], at) => `${'  '.repeat(depth)}it's ${at} ${text}`.trimEnd());
    const ends = made.lines.map(([, , own], at) =>
      at === made.lines.length - 1 && !made.finalNewline ? '' : own,
    );
    const first = made.from % texts.length;
    const last = Math.min(texts.length, first + made.removed);
    const from = Math.max(0, first - made.context);
    const to = Math.min(texts.length, last + made.context);
    const fresh = made.added.map((text, at) => `  it's new ${at} ${text}`.trimEnd());
    const edit: Line[] = [
      ...texts.slice(from, first).map((text) => ({ op: ' ' as const, text })),
      ...texts.slice(first, last).map((text) => ({ op: '-' as const, text })),
      ...fresh.map((text) => ({ op: '+' as const, text })),
      ...texts.slice(last, to).map((text) => ({ op: ' ' as const, text })),
    ];
    // What a tab is worth is told by an old line that has one.
    const tells = made.bend !== 'tabs' || edit.some(({ op, text }) => op !== '+' && text.startsWith(' '));
    const bent = tells ? ((BENDS[made.bend] ?? BENDS['straight'])?.(edit) ?? edit) : edit;
    const join = (start: number, stop: number) =>
      texts.slice(start, stop).reduce((sum, text, at) => sum + text + (ends[start + at] ?? ''), '');
    const mark = made.bom ? '\uFEFF' : '';
    return {
      text: mark + join(0, texts.length),
      reply: write(made.format, bent).join(made.replyEnd),
      before: mark + join(0, first),
      behind: join(last, texts.length),
      becomes: fresh,
    };
  });

export const BENT_PATH = 'src/file.txt';

function write(format: (typeof FORMATS)[number], edit: readonly Line[]): string[] {
  const signed = edit.map(({ op, text }) => op + text);
  switch (format) {
    case 'search-replace':
      return [
        BENT_PATH,
        '<<<<<<< SEARCH',
        ...edit.filter(({ op }) => op !== '+').map(({ text }) => text),
        '=======',
        ...edit.filter(({ op }) => op !== '-').map(({ text }) => text),
        '>>>>>>> REPLACE',
        '',
      ];
    case 'unified-diff':
      return ['```diff', `--- a/${BENT_PATH}`, `+++ b/${BENT_PATH}`, '@@', ...signed, '```', ''];
    case 'begin-patch':
      return ['*** Begin Patch', `*** Update File: ${BENT_PATH}`, '@@', ...signed, '*** End Patch', ''];
  }
}
