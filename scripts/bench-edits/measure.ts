import { loadParsers } from '../../src/syntax/load-parsers.js';
import type { Parsers } from '../../src/syntax/types.js';
import type { Format } from './draft.js';
import { generateRow } from './generate.js';
import type { Language } from './languages.js';
import type { Case } from './make-case.js';
import { isRightButEnds, weighLeft, type Peer } from './peers/peer.js';
import { Random } from './random.js';
import type { Row } from './rows.js';
import { runEngine, weigh, type Outcome } from './run-engine.js';
import { showCase } from './show.js';
import type { Source } from './source.js';
import { addTally, count, startTally, type Tally } from './tally.js';

/** Of the cases in the other formats, one of so many is tried with parsers as well. */
export const PARSED_SHARE = 10;

/** Of the cases of pairs one of so many is given to the other tools, which take most of the time. */
export const PEER_SHARE = 2;

/** Formats for which the engine looks at the syntax to know what is meant. */
const NEEDS_PARSERS: ReadonlySet<Format> = new Set<Format>(['whole-file', 'named-declaration']);

/** What all tools made of one row, in one format. */
export interface FormatResult {
  format: Format;
  /** With parsers for {@link NEEDS_PARSERS}, without for the other formats. */
  engine: Tally;
  /** With parsers: those formats, and one in {@link PARSED_SHARE} cases of the others. */
  parsed: Tally;
  /** Without parsers. */
  unparsed: Tally;
  /** For each peer that reads the format what it made of the cases that it reads, and the engine of the same ones. */
  peers: Record<string, { peer: Tally; engine: Tally }>;
}

export interface RowResult {
  name: string;
  /** What it should have had at least; it has fewer where the files have no place for the damages. */
  wanted: number;
  /** Damages are alone, in pairs or none. */
  damages: readonly string[];
  formats: FormatResult[];
  /** Edits whose own result has a syntax error: mistakes of the generator. */
  unsound: number;
  shown: string[];
}

export interface Bench {
  sources: ReadonlyMap<Language, readonly Source[]>;
  seed: string;
  peers: readonly Peer[];
  /** How many cases of a row to show at most: those that came out wrong, with `refused` those too. */
  show: number;
  showRefused: boolean;
  /** Leave the parsers out. */
  withoutParsers: boolean;
}

/** Several rows at once: what other programs do with their cases is done in one go, since starting them is slow. */
export async function measureRows(rows: readonly Row[], bench: Bench): Promise<RowResult[]> {
  const measured: Measured[] = [];
  for (const row of rows) measured.push(await measureRow(row, bench));
  for (const peer of bench.peers) runPeer(peer, measured);
  return measured.map(({ result }) => result);
}

interface Measured {
  result: RowResult;
  /** What the engine made of each case. */
  outcomes: Map<Case, Outcome>;
}

async function measureRow(row: Row, bench: Bench): Promise<Measured> {
  const result: RowResult = {
    name: row.name,
    wanted: row.cases,
    damages: row.damages.map(({ name }) => name),
    formats: [],
    unsound: 0,
    shown: [],
  };
  const outcomes = new Map<Case, Outcome>();
  const cases = generateRow(row, bench.sources, bench.seed);
  for (let next = cases.next(); next.done !== true;) {
    const isSound = await measureCase(next.value, { result, outcomes }, bench);
    next = cases.next(isSound);
  }
  return { result, outcomes };
}

/** False for a case that is none: its own edit has a syntax error. */
async function measureCase(one: Case, { result, outcomes }: Measured, bench: Bench): Promise<boolean> {
  const sums = sumsOf(result, one.format);
  const parsers = bench.withoutParsers ? undefined : await loadParsers(one.files.keys());
  const plain = runEngine(one, {});
  const isParsed =
    parsers !== undefined && (NEEDS_PARSERS.has(one.format) || isSampled(one, 'parsed', PARSED_SHARE));
  const parsed = isParsed ? runEngine(one, { parsers }) : undefined;
  if (parsed?.kind === 'rejected' && one.answer === 'one' && breaksSyntax(one, parsers)) {
    result.unsound += 1;
    if (bench.showRefused) result.shown.push(showCase(one, 'unsound', parsed));
    return false;
  }
  count(sums.unparsed, one, weigh(one, plain));
  if (parsed !== undefined) count(sums.parsed, one, weigh(one, parsed));
  const chosen = NEEDS_PARSERS.has(one.format) && parsed !== undefined ? parsed : plain;
  const outcome = weigh(one, chosen);
  outcomes.set(one, outcome);
  count(sums.engine, one, outcome);
  for (const tried of parsed === undefined || parsed === chosen ? [chosen] : [chosen, parsed]) {
    const verdict = weigh(one, tried);
    const fails = verdict === 'wrong' || (bench.showRefused && verdict === 'refused' && one.answer === 'one');
    if (fails && result.shown.length < bench.show) result.shown.push(showCase(one, verdict, tried));
  }
  return true;
}

/** By chance, as the seed has it: counted off, it would be the same formats and languages again and again. */
function isSampled(one: Case, what: string, share: number): boolean {
  return new Random(`${what}/${one.id}`).chance(1 / share);
}

function isForPeers(one: Case): boolean {
  return one.damages.length < 2 || isSampled(one, 'peers', PEER_SHARE);
}

function runPeer(peer: Peer, measured: readonly Measured[]): void {
  const cases = measured.flatMap(({ outcomes }) =>
    [...outcomes.keys()].filter((one) => isForPeers(one) && peer.reads(one)),
  );
  // A reply that the server cut off is nobody's to apply: whoever calls a tool drops it, and all of them refuse it.
  const given = cases.filter((one) => one.ending === 'stop');
  const left = given.length === 0 ? [] : peer.run(given);
  const made = new Map(given.map((one, at) => [one, weighLeft(one, left[at])] as const));
  const ends = new Set(given.filter((one, at) => made.get(one) === 'wrong' && isRightButEnds(one, left[at])));
  for (const { result, outcomes } of measured) {
    for (const [one, outcome] of outcomes) {
      if (!made.has(one) && !(one.ending === 'length' && isForPeers(one) && peer.reads(one))) continue;
      const { peers } = sumsOf(result, one.format);
      const sums = (peers[peer.name] ??= { peer: startTally(), engine: startTally() });
      count(sums.peer, one, made.get(one) ?? 'refused');
      if (ends.has(one)) sums.peer.ends += 1;
      count(sums.engine, one, outcome);
    }
  }
}

function sumsOf(result: RowResult, format: Format): FormatResult {
  const known = result.formats.find((one) => one.format === format);
  if (known !== undefined) return known;
  const sums = { format, engine: startTally(), parsed: startTally(), unparsed: startTally(), peers: {} };
  result.formats.push(sums);
  return sums;
}

/** Whether the wanted result itself has syntax errors that the file had not. */
function breaksSyntax(one: Case, parsers: Parsers | undefined): boolean {
  return [...one.truth].some(([path, text]) => {
    const parser = parsers?.parserFor(path);
    const before = parser?.parse(one.files.get(path) ?? '');
    const after = parser?.parse(text);
    return before?.faults.length === 0 && after !== undefined && after.faults.length > 0;
  });
}

/** All formats of a row in one. */
export function sumRow(result: RowResult, which: 'engine' | 'parsed' | 'unparsed' = 'engine'): Tally {
  const sum = startTally();
  for (const one of result.formats) addTally(sum, one[which]);
  return sum;
}
