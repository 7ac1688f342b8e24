import { beforeAll, describe, expect, test } from 'vitest';
import { findTargets } from '../../src/coding/find-targets.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';
import type { Parsers } from '../../src/syntax/types.js';

let parsers: Parsers;
beforeAll(async () => {
  parsers = await loadParsers(['a.ts', 'a.py', 'a.go', 'a.rs']);
});

const CART = `export interface Line {
  sku: string;
}

export const LIMIT = 3;

export class Cart {
  limit = 2;

  add(sku: string, count: number): void {
    push(sku);
  }

  count(): number {
    return 1;
  }
}

export function formatPrice(cents: number): string {
  const round = (n: number) => n;
  return String(round(cents));
}

function push(sku: string): void {}
`;
const STOCK = `class Item:
    name = ''

    def value(self):
        return 1


class Stock:
    def value(self):
        return 2

    def remove(self, count):
        return count


def load_all(path):
    return path
`;

function find(words: string, files: Record<string, string> = { 'cart.ts': CART }, failures = ''): string[] {
  return findTargets(new Map(Object.entries(files)), parsers, { words, failures }).map(
    ({ path, name, lines }) => (Object.keys(files).length > 1 ? `${path} ${name}` : `${name} ${lines}`),
  );
}

describe('the declarations that words name', () => {
  test.each<[string, string, string[]]>([
    ['by a name that is no word', 'formatPrice must round.', ['formatPrice 4']],
    ['in backticks', 'The function `push` does nothing.', ['push 1']],
    ['as a call', 'push() does nothing.', ['push 1']],
    ['behind what they are', 'The function push does nothing.', ['push 1']],
    ['before what they are', 'Mend the push function.', ['push 1']],
    ['with their class', 'Cart.add must refuse 0.', ['Cart.add 3']],
    ['with their class in another way', 'Cart#add and Cart::count', ['Cart.add 3', 'Cart.count 3']],
    ['as a whole class', 'The class Cart is wrong.', ['Cart 11']],
    ['the smaller one of two', 'In the class Cart, `count()` is wrong.', ['Cart.count 3']],
    ['a constant', '`LIMIT` must be 4.', ['LIMIT 1']],
    ['nothing by words of prose', 'The count of a cart and its limit: add one more, push it.', []],
    ['nothing that is inside a function', '`round` is wrong in it.', []],
    ['nothing that is a field', '`limit` is wrong.', []],
    ['nothing that is a parameter of what is meant', 'At most `count` things: see Cart.add.', ['Cart.add 3']],
    ['what is new', 'Add a function cheapest(cart).', ['cheapest 0']],
    ['what is new, in a class', 'Add a method `clear` to Cart.', ['clear 0']],
    [
      'what is new beside what changes',
      'Add a function called cheapest() and use it in formatPrice.',
      ['formatPrice 4', 'cheapest 0'],
    ],
    ['what is new, not its keys', 'Add a function toJson() with the key `count` and LIMIT.', ['toJson 0']],
    ['nothing new without a name', 'Add a function to sort the lines.', []],
    ['nothing new that is there', 'Write the function push.', ['push 1']],
  ])('%s', (_, words, expected) => {
    expect(find(words)).toEqual(expected);
  });

  test.each([
    'Remove formatPrice.',
    'Rename push to put.',
    'Move `push` to another file.',
    'Extract formatPrice.',
  ])('none where more is asked for than to change: %s', (words) => {
    expect(find(words)).toEqual([]);
  });

  test('a name may hold such a word', () => {
    expect(find('Stock.remove must not go below zero.', { 'a.py': STOCK })).toEqual(['Stock.remove 2']);
    expect(find('Remove Stock.remove.', { 'a.py': STOCK })).toEqual([]);
  });

  test('one of several with a name only with its class', () => {
    expect(find('`value` is wrong.', { 'a.py': STOCK })).toEqual([]);
    expect(find('`value` of a Stock is wrong.', { 'a.py': STOCK })).toEqual(['Stock.value 2']);
    expect(find('`value` of Stock and Item is wrong.', { 'a.py': STOCK })).toEqual([]);
    expect(find('Item.value is wrong.', { 'a.py': STOCK })).toEqual(['Item.value 2']);
  });

  test('in several files, but new ones only where it is clear where', () => {
    const files = { 'cart.ts': CART, 'a.py': STOCK };
    expect(find('load_all and formatPrice', files)).toEqual(['cart.ts formatPrice', 'a.py load_all']);
    expect(find('Add a function cheapest(cart).', files)).toEqual([]);
    expect(find('formatPrice', { 'a.ts': CART, 'b.ts': CART })).toEqual([]);
  });

  test('overloads count as one', () => {
    const text =
      'function twice(a: number): number;\nfunction twice(a: string): string;\nfunction twice(a: never) {\n  return a;\n}\n';
    expect(find('Mend `twice`.', { 'a.ts': text })).toEqual(['twice 5']);
  });

  test('methods of Go and Rust by what they belong to', () => {
    const go = 'package a\n\ntype Ring struct{}\n\nfunc (r *Ring) Push(v int) {\n}\n\nfunc Push() {\n}\n';
    expect(find('Ring.Push fails', { 'a.go': go })).toEqual(['Ring.Push 2']);
    const rust = 'struct Ring;\n\nimpl Ring {\n    fn push(&self) {\n    }\n}\n';
    expect(find('Ring::push fails', { 'a.rs': rust })).toEqual(['Ring.push 2']);
  });

  test('none in what has no parser or is not whole', () => {
    expect(find('`push`', { 'a.txt': CART })).toEqual([]);
    expect(find('`push`', {})).toEqual([]);
    expect(find('', { 'a.ts': CART })).toEqual([]);
  });
});

describe('the declarations that failing checks point into', () => {
  test.each<[string, Record<string, string>, string, string[]]>([
    [
      'Node',
      { 'src/cart.ts': CART },
      'at add (file:///tmp/w/src/cart.ts:11:5)\n at x (/tmp/w/test.ts:3:1)',
      ['Cart.add 3'],
    ],
    ['TypeScript', { 'src/cart.ts': CART }, 'src/cart.ts(20,3): error TS2345', ['formatPrice 4']],
    ['TypeScript on Windows', { 'src/cart.ts': CART }, 'C:\\w\\src\\cart.ts:20:3 - error', ['formatPrice 4']],
    [
      'Python',
      { 'pkg/stock.py': STOCK },
      '  File "/tmp/w/pkg/stock.py", line 13, in remove',
      ['Stock.remove 2'],
    ],
    ['a tool in a folder below', { 'pkg/stock.py': STOCK }, './stock.py:16: error', ['load_all 2']],
    ['another file of that name', { 'pkg/stock.py': STOCK }, '/tmp/other/stock.py:16: error', []],
    ['no declaration', { 'pkg/stock.py': STOCK }, 'stock.py:6: error', []],
    ['too high a line', { 'pkg/stock.py': STOCK }, 'stock.py:600: error', []],
  ])('as %s tells', (_, files, failures, expected) => {
    expect(find('', files, failures)).toEqual(expected);
  });

  test('only where one file can be meant', () => {
    const files = { 'a/cart.ts': CART, 'b/cart.ts': CART };
    expect(find('', files, 'cart.ts:20:1')).toEqual([]);
    expect(find('', files, '/w/b/cart.ts:20:1')).toEqual(['b/cart.ts formatPrice']);
  });

  test('and long output ends', () => {
    const before = process.cpuUsage();
    find('', { 'a.ts': CART }, 'a.ts:1:1\n'.repeat(100_000) + 'a.'.repeat(200_000));
    find('`a` '.repeat(20_000) + 'new '.repeat(20_000) + 'x.'.repeat(50_000), { 'a.ts': CART });
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });
});
