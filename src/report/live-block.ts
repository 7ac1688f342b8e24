import { Writable } from 'node:stream';
import { cleanStyled } from './clean-text.js';
import { loadUnicodeMeasure, type MeasureText } from './text-width.js';

/** A block at the bottom of the terminal that is drawn again in place; what is printed meanwhile scrolls above it. */
export interface LiveBlock {
  /** Shows these lines instead; none for ''. Nothing is written when they are shown already. */
  update(text: string): void;
  /** Takes the block away for good and shows the cursor again. */
  end(): void;
}

/** The terminal that a block is drawn on. */
export interface BlockScreen {
  write(text: string): void;
  columns(): number;
  rows(): number;
}

/** A block with what the terminal needs besides, to print above it. */
export interface OpenBlock extends LiveBlock {
  /** Prints with the block out of the way. */
  printAbove(print: () => void): void;
}

interface Shown {
  text: string;
  columns: number;
  rows: number;
}

export async function openLiveBlock(screen: BlockScreen): Promise<OpenBlock> {
  // Loaded here, since no command but those that stream needs it.
  const { createLogUpdate } = await import('log-update');
  const measure = await loadUnicodeMeasure();
  const frame = collectFrame(screen);
  const draw = createLogUpdate(frame.stream);
  let shown: Shown | undefined;
  const hide = (): void => {
    if (shown === undefined) return;
    draw.clear();
    frame.stream.write(eraseReflowed(shown, screen.columns(), measure));
    shown = undefined;
  };
  const show = (text: string): void => {
    if (text === '') return;
    draw(text);
    shown = { text, columns: screen.columns(), rows: screen.rows() };
  };
  return {
    update(text) {
      const clean = cleanStyled(text);
      const isShown =
        shown?.text === clean && shown.columns === screen.columns() && shown.rows === screen.rows();
      if (isShown) return;
      if (clean === '' || (shown !== undefined && screen.columns() < shown.columns)) hide();
      show(clean);
      frame.flush();
    },
    printAbove(print) {
      const text = shown?.text ?? '';
      hide();
      frame.flush();
      print();
      show(text);
      frame.flush();
    },
    end() {
      hide();
      draw.done();
      frame.flush();
    },
  };
}

/** A stream whose writes leave together: half a frame would be seen as flicker. */
function collectFrame(screen: BlockScreen): { stream: Writable; flush(): void } {
  let frame = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _, done) {
      frame += chunk.toString();
      done();
    },
  });
  Object.defineProperties(stream, {
    columns: { get: () => screen.columns() },
    rows: { get: () => screen.rows() },
  });
  return {
    stream,
    flush() {
      const text = frame;
      frame = '';
      if (text !== '') screen.write(text);
    },
  };
}

/**
 * A terminal that became narrower has wrapped the lines of the block, so it begins further up than it did. Without this
 * its first lines would stay on the screen at each step of a window that is made narrower.
 */
function eraseReflowed({ text }: Shown, columns: number, measure: MeasureText): string {
  const rows = text.split('\n').map((line) => Math.max(1, Math.ceil(measure(line) / columns)));
  const extra = rows.reduce((sum, count) => sum + count - 1, 0);
  return extra === 0 ? '' : `\u001B[${extra}A\u001B[J`;
}
