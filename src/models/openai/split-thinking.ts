/** Text of one kind; a piece of an answer may hold both. */
export interface SplitText {
  type: 'text' | 'thinking';
  text: string;
}

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Takes the thinking out of an answer that begins with `<think>`: servers without a parser for a model's thinking (vLLM
 * without `--reasoning-parser`, many others) send it as a part of the answer. Anywhere else the mark is text. `end` gives
 * what was held back.
 */
export function createThinkingSplitter(): { take(piece: string): SplitText[]; end(): SplitText[] } {
  let state: 'start' | 'thinking' | 'gap' | 'text' = 'start';
  let held = '';

  const step = (): SplitText | undefined => {
    switch (state) {
      case 'start': {
        const head = held.trimStart();
        if (head.length < OPEN.length && OPEN.startsWith(head)) return undefined;
        state = head.startsWith(OPEN) ? 'thinking' : 'text';
        if (state === 'thinking') held = head.slice(OPEN.length);
        return step();
      }
      case 'thinking': {
        const at = held.indexOf(CLOSE);
        const length = at === -1 ? held.length - overlap(held, CLOSE) : at;
        const text = held.slice(0, length);
        held = held.slice(at === -1 ? length : at + CLOSE.length);
        if (at !== -1) state = 'gap';
        return { type: 'thinking', text };
      }
      case 'gap':
        held = held.trimStart();
        if (held !== '') state = 'text';
        return undefined;
      case 'text': {
        const text = held;
        held = '';
        return { type: 'text', text };
      }
    }
  };
  const take = (piece: string): SplitText[] => {
    held += piece;
    const parts: SplitText[] = [];
    for (let before = ''; before !== `${state} ${held}`;) {
      before = `${state} ${held}`;
      const part = step();
      if (part !== undefined && part.text !== '') parts.push(part);
    }
    return parts;
  };
  return {
    take,
    end() {
      const text = held;
      held = '';
      if (text === '' || state === 'gap') return [];
      return [{ type: state === 'thinking' ? 'thinking' : 'text', text }];
    },
  };
}

/** How much of the end of `text` may be the beginning of `mark`. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length -= 1) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}
