/** What a terminal that wraps its lines anew when its width changes (as most do) shows of what was written to it. */
export interface EmulatedScreen {
  write(text: string): void;
  /** As when the window is made narrower or wider. */
  resize(columns: number): void;
  /** From the top to the row above the cursor, or to the last with anything in it; nothing scrolls out. */
  lines(): string[];
}

interface Row {
  text: string;
  /** It goes on in the next row. */
  wrapped: boolean;
}

const TOKEN = /(?<control>\p{Cc}\[\??(?<number>\d*)(?<letter>[A-Za-z]))|(?<end>\n)|(?<text>[^\p{Cc}]+)/gu;

/** Knows what log-update and the live block use; throws at anything else, so that no sequence goes unnoticed. */
export function createScreen(columns: number): EmulatedScreen {
  let width = columns;
  let rows: Row[] = [{ text: '', wrapped: false }];
  let y = 0;
  let x = 0;
  const row = (): Row => (rows[y] ??= { text: '', wrapped: false });
  const put = (text: string): void => {
    for (const character of text) {
      if (x === width) {
        row().wrapped = true;
        y += 1;
        x = 0;
      }
      const { text: old } = row();
      row().text = old.slice(0, x).padEnd(x) + character + old.slice(x + 1);
      x += 1;
    }
  };
  const control = (letter: string, number: number): void => {
    if (letter === 'A') y = Math.max(0, y - number);
    else if (letter === 'G') x = 0;
    else if (letter === 'K') rows[y] = { text: '', wrapped: false };
    else if (letter === 'J') rows = [...rows.slice(0, y), { text: row().text.slice(0, x), wrapped: false }];
    else if (!'mhl'.includes(letter)) throw new Error(`the emulated screen knows no ${letter}`);
  };
  return {
    write(text) {
      for (const { groups = {} } of text.matchAll(TOKEN)) {
        if (groups['letter'] !== undefined) control(groups['letter'], Number(groups['number'] || 1));
        else if (groups['text'] !== undefined) put(groups['text']);
        else {
          y += 1;
          x = 0;
          row();
        }
      }
    },
    resize(next) {
      const cursor = { line: rows.slice(0, y).filter(({ wrapped }) => !wrapped).length };
      const whole: string[] = [''];
      for (const { text, wrapped } of rows) {
        whole.push(`${whole.pop() ?? ''}${text}`);
        if (!wrapped) whole.push('');
      }
      whole.pop();
      width = next;
      rows = [];
      for (const [index, text] of whole.entries()) {
        // The cursor of a live block stands at the beginning of a line.
        if (index === cursor.line) y = rows.length;
        const parts = Math.max(1, Math.ceil(text.length / width));
        for (let part = 0; part < parts; part += 1) {
          rows.push({ text: text.slice(part * width, (part + 1) * width), wrapped: part < parts - 1 });
        }
      }
    },
    lines() {
      const texts = rows.map(({ text }) => text.trimEnd());
      return texts.slice(0, Math.max(y, texts.findLastIndex((text) => text !== '') + 1));
    },
  };
}
