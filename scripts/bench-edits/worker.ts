import { parentPort, workerData } from 'node:worker_threads';
import { fetchSources } from './fetch-sources.js';
import { measureRows, type Bench } from './measure.js';
import { findPeers } from './peers/index.js';
import { listRows } from './rows.js';
import type { WorkerOptions } from './main.js';

// Measures the rows whose names it is sent; the main thread hands them out.

const port = parentPort;
if (port === null) throw new Error('started as a program');
const options: WorkerOptions = workerData;
const silent = (): void => undefined;
const bench: Bench = {
  sources: fetchSources(options.cache, silent),
  seed: options.seed,
  peers: options.peers ? findPeers(options.cache, options.scripts, silent) : [],
  show: options.show,
  showRefused: options.showRefused,
  withoutParsers: options.withoutParsers,
};
const rows = listRows(options.cases);
port.on('message', (names: readonly string[]) => {
  const chosen = rows
    .filter((row) => names.includes(row.name))
    .map((row) => ({
      ...row,
      formats: row.formats.filter((format) => options.format === undefined || format === options.format),
    }));
  void measureRows(chosen, bench).then((results) => port.postMessage(results));
});
port.postMessage('ready');
