import { parentPort, workerData } from 'node:worker_threads';
import { fetchSources } from './fetch-sources.js';
import { measureRow, type Bench } from './measure.js';
import { findPeers } from './peers/index.js';
import { listRows } from './rows.js';
import type { WorkerOptions } from './main.js';

// Measures the rows whose numbers it is sent, one at a time; the main thread hands them out.

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
port.on('message', (name: string) => {
  const row = rows.find((one) => one.name === name);
  if (row === undefined) throw new Error(`there is no row ${name}`);
  const formats = row.formats.filter((format) => options.format === undefined || format === options.format);
  void measureRow({ ...row, formats }, bench).then((result) => port.postMessage(result));
});
port.postMessage('ready');
