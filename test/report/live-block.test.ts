import { describe, expect, it } from 'vitest';
import { openLiveBlock, type OpenBlock } from '../../src/report/live-block.js';
import { createScreen } from './screen.js';

async function openBlock(columns = 40, rows = 10) {
  const size = { columns, rows };
  const screen = createScreen(columns);
  const writes: string[] = [];
  const write = (text: string): void => {
    writes.push(text);
    screen.write(text);
  };
  const block: OpenBlock = await openLiveBlock({
    write,
    columns: () => size.columns,
    rows: () => size.rows,
  });
  return {
    block,
    writes,
    print: (text: string) => block.printAbove(() => write(`${text}\n`)),
    lines: () => screen.lines(),
    resize: (next: number): void => {
      size.columns = next;
      screen.resize(next);
    },
  };
}

describe('the live block', () => {
  it('is drawn again in place, whether it grows or shrinks, each time with one write', async () => {
    const { block, lines, writes } = await openBlock();
    block.update('one');
    block.update('two\nlines');
    expect(lines()).toEqual(['two', 'lines']);
    block.update('three');
    expect(lines()).toEqual(['three']);
    expect(writes).toHaveLength(3);
  });

  it('writes nothing while it stays as it is', async () => {
    const { block, writes } = await openBlock();
    block.update('one');
    block.update('one');
    block.update('');
    block.update('');
    expect(writes).toHaveLength(2);
  });

  it('lets lines scroll above it', async () => {
    const { block, print, lines } = await openBlock();
    print('before it');
    block.update('now\nhere');
    print('first');
    print('second');
    expect(lines()).toEqual(['before it', 'first', 'second', 'now', 'here']);
  });

  it('leaves nothing behind', async () => {
    const { block, print, lines } = await openBlock();
    print('kept');
    block.update('now\nhere');
    block.update('');
    expect(lines()).toEqual(['kept']);
    block.update('again');
    block.end();
    expect(lines()).toEqual(['kept']);
  });

  it('is cleaned', async () => {
    const { block, lines, writes } = await openBlock();
    block.update('nice\u001B]0;owned\u0007\u001B[2J');
    expect(lines()).toEqual(['nice']);
    expect(writes.join('')).not.toContain('2J');
  });

  it('leaves no remains when the window is made narrower step by step, and wider again', async () => {
    const { block, print, lines, resize } = await openBlock(60);
    print('a line');
    const draw = (columns: number): void =>
      block.update(['x', 'y', 'z'].map((c) => c.repeat(columns - 1)).join('\n'));
    draw(60);
    for (const columns of [50, 31, 29, 12, 5]) {
      resize(columns);
      draw(columns);
      expect(lines().at(-4)).toBe(columns < 6 ? 'e' : 'a line');
      expect(lines().slice(-3)).toEqual(['x', 'y', 'z'].map((c) => c.repeat(columns - 1)));
    }
    resize(60);
    draw(60);
    expect(lines()).toEqual(['a line', ...['x', 'y', 'z'].map((c) => c.repeat(59))]);
  });

  it('also when a line is printed before it is drawn anew', async () => {
    const { block, print, lines, resize } = await openBlock(40);
    block.update('x'.repeat(39));
    resize(20);
    print('printed');
    block.update('x'.repeat(19));
    expect(lines()).toEqual(['printed', 'x'.repeat(19)]);
  });
});
