import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Format } from './draft.js';
import { fetchSources } from './fetch-sources.js';
import type { RowResult } from './measure.js';
import { findPeers } from './peers/index.js';
import { listRows, type Row } from './rows.js';

export interface WorkerOptions {
  /** Folder for what is fetched. */
  cache: string;
  /** The project's scripts. */
  scripts: string;
  seed: string;
  /** Cases of a row, at least. */
  cases: number;
  format: Format | undefined;
  peers: boolean;
  show: number;
  showRefused: boolean;
  withoutParsers: boolean;
}

export interface Options extends WorkerOptions {
  /** Rows with all of these damages only; `none` for undamaged replies. */
  only: readonly string[];
  /** No pairs. */
  alone: boolean;
}

export interface BenchResult {
  rows: RowResult[];
  peers: string[];
  /** What was left out, and why. */
  notes: string[];
  languages: string[];
  files: number;
  seed: string;
  cases: number;
}

/** Rows that a worker measures before other programs are started on their cases. */
const ROWS_AT_ONCE = 15;

/** Makes all cases, runs all tools on them, and returns the counts; rows are spread over the processors. */
export async function runBench(options: Options, onRow: (row: RowResult) => void): Promise<BenchResult> {
  const notes: string[] = [];
  // Fetches what is not there yet, before the workers read it.
  const sources = fetchSources(options.cache, (line) => notes.push(line));
  const peers = options.peers ? findPeers(options.cache, options.scripts, (line) => notes.push(line)) : [];
  const rows = listRows(options.cases).filter((row) => isWanted(row, options));
  const results = await measureAll(rows, options, onRow);
  return {
    rows: rows.flatMap((row) => results.get(row.name) ?? []),
    peers: peers.map(({ name }) => name),
    notes,
    languages: [...sources.keys()],
    files: [...sources.values()].flat().length,
    seed: options.seed,
    cases: options.cases,
  };
}

function isWanted(row: Row, options: Options): boolean {
  const names = row.name.split(' + ');
  return (
    options.only.every((name) => names.includes(name)) &&
    (!options.alone || row.damages.length < 2) &&
    (options.format === undefined || row.formats.includes(options.format))
  );
}

async function measureAll(
  rows: readonly Row[],
  options: WorkerOptions,
  onRow: (row: RowResult) => void,
): Promise<Map<string, RowResult>> {
  const results = new Map<string, RowResult>();
  const waiting = rows.map(({ name }) => name);
  const workers = Array.from({ length: Math.min(availableParallelism(), rows.length) }, () => {
    const { cache, scripts, seed, cases, format, peers, show, showRefused, withoutParsers } = options;
    const workerData: WorkerOptions = {
      cache,
      scripts,
      seed,
      cases,
      format,
      peers,
      show,
      showRefused,
      withoutParsers,
    };
    const worker = new Worker(new URL('worker.js', import.meta.url), { workerData });
    return new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', (message: RowResult[] | 'ready') => {
        for (const row of message === 'ready' ? [] : message) {
          results.set(row.name, row);
          onRow(row);
        }
        const next = waiting.splice(0, options.peers ? ROWS_AT_ONCE : 1);
        if (next.length > 0) worker.postMessage(next, []);
        else void worker.terminate().then(() => resolve());
      });
    });
  });
  await Promise.all(workers);
  return results;
}
