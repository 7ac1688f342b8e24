import { DAMAGES } from './damages/index.js';
import { FORMATS } from './draft.js';
import type { BenchResult } from './main.js';
import { PARSED_SHARE, PEER_SHARE, sumRow, type FormatResult, type RowResult } from './measure.js';
import { addTally, startTally, type Tally } from './tally.js';

/** What the engine promises. */
const LEAST_RIGHT = 0.97;
const MOST_NONE = 0.15;
const LEAST_CASES = 20_000;

/** The sum over all rows of one tally of each format's results. */
function sumAll(rows: readonly RowResult[], pick: (one: FormatResult) => Tally | undefined): Tally {
  const sum = startTally();
  for (const one of rows.flatMap((row) => row.formats)) addTally(sum, pick(one) ?? startTally());
  return sum;
}

/** What a whole run is held to, each with whether it holds. */
export function listPromises(result: BenchResult): { text: string; holds: boolean }[] {
  const { rows } = result;
  const engine = sumAll(rows, (one) => one.engine);
  const parsed = sumAll(rows, (one) => one.parsed);
  const all = engine.one + engine.none;
  const few = rows.filter((row) => countCases(row) < row.wanted);
  const promises = [
    { text: `at least ${LEAST_CASES} cases: ${all}`, holds: all >= LEAST_CASES },
    {
      text: `nothing wrong: ${engine.wrong}, with parsers ${parsed.wrong}`,
      holds: engine.wrong + parsed.wrong === 0,
    },
    {
      text: `right at least ${LEAST_RIGHT * 100} % of the cases with one answer: ${share(engine)} %`,
      holds: engine.right >= engine.one * LEAST_RIGHT,
    },
    {
      text: `at most ${MOST_NONE * 100} % without an answer: ${percent(engine.none, all)} %`,
      holds: engine.none <= all * MOST_NONE,
    },
    {
      text: `every row has its ${result.cases} cases or more: ${few.length === 0 ? 'yes' : few.map(({ name }) => name).join(', ')}`,
      holds: few.length === 0,
    },
  ];
  for (const name of result.peers) {
    const peer = sumAll(rows, (one) => one.peers[name]?.peer);
    const same = sumAll(rows, (one) => one.peers[name]?.engine);
    promises.push({
      text: `more right and no more wrong than ${name}: ${same.right} and ${same.wrong}, ${peer.right} and ${peer.wrong}`,
      holds: same.right > peer.right && same.wrong <= peer.wrong,
    });
  }
  return promises;
}

function countCases(row: RowResult): number {
  const { one, none } = sumRow(row);
  return one + none;
}

/** One line for the README: each tool on the cases that it reads, beside the engine on the same ones. */
export function renderSummary(result: BenchResult): string {
  const { rows } = result;
  const engine = sumAll(rows, (one) => one.engine);
  const line = (name: string, own: Tally, same: Tally | undefined) => [
    name,
    whole(own.one),
    `${share(own)} %`,
    `${percent(own.refused, own.one)} %`,
    whole(own.none),
    own.ends === 0 ? whole(own.wrong) : `${whole(own.wrong)} (${whole(own.ends)} in line ends only)`,
    same === undefined ? '' : `${share(same)} %, ${whole(same.wrong)}`,
  ];
  return renderTable(
    [
      '',
      'cases with one answer',
      'right',
      'refused',
      'cases without',
      'wrong',
      'this engine on the same: right, wrong',
    ],
    [
      line('this engine', engine, undefined),
      ...result.peers.map((name) =>
        line(
          name,
          sumAll(rows, (one) => one.peers[name]?.peer),
          sumAll(rows, (one) => one.peers[name]?.engine),
        ),
      ),
    ],
  );
}

export function renderFormats(result: BenchResult): string {
  return renderTable(
    [
      'format',
      'cases with one answer',
      'right',
      'refused',
      'cases without',
      'wrong',
      'without parsers: right, wrong',
      'with parsers: cases, right, wrong',
    ],
    FORMATS.map((format) => {
      const of = (which: 'engine' | 'parsed' | 'unparsed') =>
        sumAll(result.rows, (one) => (one.format === format ? one[which] : undefined));
      const engine = of('engine');
      const parsed = of('parsed');
      const unparsed = of('unparsed');
      return [
        format,
        whole(engine.one),
        `${share(engine)} %`,
        `${percent(engine.refused, engine.one)} %`,
        whole(engine.none),
        whole(engine.wrong),
        `${share(unparsed)} %, ${whole(unparsed.wrong)}`,
        `${whole(parsed.one + parsed.none)}, ${share(parsed)} %, ${whole(parsed.wrong)}`,
      ];
    }),
  );
}

export function renderDamages(result: BenchResult): string {
  const alone = result.rows.filter((row) => row.damages.length < 2);
  return renderTable(
    [
      'damage',
      'what it does',
      'cases',
      'without an answer',
      'right',
      'refused',
      'wrong',
      'with parsers',
      ...result.peers,
    ],
    alone.map((row) => [
      row.name === 'none' ? 'none' : `\`${row.name}\``,
      DAMAGES.find(({ name }) => name === row.name)?.what ?? 'as it should be',
      ...renderCounts(row, sumRow(row)),
      renderShort(sumRow(row, 'parsed')),
      ...result.peers.map((name) => renderShort(sumAll([row], (one) => one.peers[name]?.peer))),
    ]),
  );
}

export function renderPairs(result: BenchResult): string {
  const pairs = result.rows.filter((row) => row.damages.length === 2);
  return renderTable(
    ['pair', 'cases', 'without an answer', 'right', 'refused', 'wrong', 'with parsers', ...result.peers],
    pairs.map((row) => [
      row.name,
      ...renderCounts(row, sumRow(row)),
      renderShort(sumRow(row, 'parsed')),
      ...result.peers.map((name) => renderShort(sumAll([row], (one) => one.peers[name]?.peer))),
    ]),
  );
}

function renderCounts(row: RowResult, tally: Tally): string[] {
  return [
    whole(countCases(row)),
    whole(tally.none),
    tally.one === 0 ? '' : `${share(tally)} %`,
    whole(tally.refused),
    whole(tally.wrong),
  ];
}

/** `98.5 % · 1`: right of the cases with one answer, and how many wrong. Empty where there are no cases. */
function renderShort(tally: Tally): string {
  if (tally.one + tally.none === 0) return '';
  return `${tally.one === 0 ? '' : `${share(tally)} % · `}${tally.wrong}`;
}

export function renderPlace(result: BenchResult): string {
  const parsed =
    `Of the cases that need no parsers one in ${PARSED_SHARE} was tried with parsers as well, of those ` +
    `in pairs one in ${PEER_SHARE} was given to the other tools.`;
  const notes = result.notes.map((note) => `\n- ${note}`).join('');
  return `Seed \`${result.seed}\`, ${result.files} files in ${result.languages.length} languages. ${parsed}${notes}`;
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function share(tally: Tally): string {
  return percent(tally.right, tally.one);
}

/** Rounded down, so that 100 % is all of them. */
function percent(part: number, of: number): string {
  return of === 0 ? '0' : (Math.floor((1000 * part) / of) / 10).toFixed(1);
}

function whole(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
