import type { CalibrationEdit } from './edit.js';

const PRICES = `const TAX = 0.19;

/** The sum of all items, without tax. */
function netTotal(items) {
  let sum = 0;
  for (let index = 0; index < items.length - 1; index += 1) {
    sum += items[index].price * items[index].amount;
  }
  return sum;
}

/** The sum with tax, in whole cents. */
function grossTotal(items) {
  return Math.round(netTotal(items) * (1 + TAX) * 100) / 100;
}

/** @deprecated use grossTotal */
function oldTotal(items) {
  let total = 0;
  for (const item of items) {
    total = total + item.price * item.amount * 1.16;
  }
  return total;
}

/** The dearest item, or undefined when there is none. */
function dearest(items) {
  let found;
  for (const item of items) {
    if (found === undefined || item.price > found.price) found = item;
  }
  return found;
}

module.exports = { netTotal, grossTotal, dearest };
`;

const FIGURES = `/** Figures about a list of numbers. */

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function average(values) {
  return sum(values) / values.length;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle];
  return (sorted[middle - 1] + sorted[middle]) / 2;
}

function spread(values) {
  return Math.max(...values) - Math.min(...values);
}

module.exports = { sum, average, median, spread };
`;

export const JAVASCRIPT_EDITS: readonly CalibrationEdit[] = [
  {
    id: 'off-by-one',
    path: 'lib/prices.js',
    title: 'netTotal leaves out the last item',
    description: 'The loop in the function `netTotal` ends one item too early. Make it count every item.',
    text: PRICES,
    places: [
      { old: 'index < items.length - 1;', right: ['index < items.length;', 'index <= items.length - 1;'] },
    ],
  },
  {
    id: 'delete-function',
    path: 'lib/prices.js',
    title: 'Remove oldTotal',
    description:
      'Nobody uses the function `oldTotal` any more. Delete it together with its comment. Change nothing else.',
    text: PRICES,
    places: [
      {
        old: `

/** @deprecated use grossTotal */
function oldTotal(items) {
  let total = 0;
  for (const item of items) {
    total = total + item.price * item.amount * 1.16;
  }
  return total;
}

`,
        right: [''],
      },
    ],
  },
  {
    id: 'add-guard',
    path: 'lib/figures.js',
    title: 'The average of nothing is 0',
    description:
      'The function `average` gives NaN for an empty list. Make it return 0 as its first statement when `values` is empty.',
    text: FIGURES,
    places: [
      {
        old: '  return sum(values) / values.length;\n',
        right: [
          /^if\((values\.length===?0|!values\.length|values\.length<1)\)(return 0|\{return 0\}) ?return sum\(values\)\/values\.length$/,
          /^return (values\.length===?0|!values\.length)\?0:sum\(values\)\/values\.length$/,
        ],
      },
    ],
  },
];
