import { loadParsers } from '../../src/syntax/load-parsers.js';
import { fetchSources } from './fetch-sources.js';
import { generateRow } from './generate.js';
import { FORMATS, type Format } from './draft.js';
import { listRows } from './rows.js';
import { runEngine, weigh } from './run-engine.js';
import { showCase } from './show.js';

export interface Options {
  cache: string;
  seed: string;
  cases: number;
  /** Rows with all of these damages (`none` for undamaged replies). */
  only: readonly string[];
  alone: boolean;
  format: Format | undefined;
  show: number;
  showRefused: boolean;
  grammars: boolean;
}

export async function run(options: Options): Promise<void> {
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const sources = fetchSources(options.cache, tell);
  const formats = options.format === undefined ? FORMATS : [options.format];
  const rows = listRows(options.cases, formats).filter(
    (row) =>
      options.only.every((name) => row.name.split(' + ').includes(name)) &&
      (!options.alone || row.damages.length < 2),
  );
  const paths = [...sources.values()].flat().map(({ path }) => path);
  const parsers = options.grammars ? await loadParsers(paths) : undefined;
  const rules = parsers === undefined ? {} : { parsers };
  let left = options.show;
  const total = { cases: 0, none: 0, right: 0, refused: 0, wrong: 0, noneRefused: 0 };
  for (const row of rows) {
    const counts = { cases: 0, none: 0, right: 0, refused: 0, wrong: 0, noneRefused: 0 };
    for (const one of generateRow(row, sources, options.seed)) {
      const outcome = runEngine(one, rules);
      const verdict = weigh(one, outcome);
      counts.cases += 1;
      if (one.answer === 'none') counts.none += 1;
      if (one.answer === 'none' && verdict === 'refused') counts.noneRefused += 1;
      else counts[verdict] += 1;
      const fails =
        verdict === 'wrong' || (options.showRefused && verdict === 'refused' && one.answer === 'one');
      if (fails && left > 0) {
        left -= 1;
        console.log(showCase(one, verdict, outcome));
      }
    }
    const share = (100 * counts.right) / Math.max(1, counts.cases - counts.none);
    console.log(
      `${row.name.padEnd(50)} ${String(counts.cases).padStart(5)} none ${String(counts.none).padStart(4)} right ${share.toFixed(1).padStart(5)} % refused ${String(counts.refused).padStart(4)} wrong ${String(counts.wrong).padStart(3)}${counts.cases < row.cases ? ' FEW' : ''}`,
    );
    total.cases += counts.cases;
    total.none += counts.none;
    total.right += counts.right;
    total.refused += counts.refused;
    total.wrong += counts.wrong;
    total.noneRefused += counts.noneRefused;
  }
  console.log(total);
}
