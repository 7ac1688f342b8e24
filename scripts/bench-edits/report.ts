import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBench, type BenchResult, type Options } from './main.js';
import { sumRow, type RowResult } from './measure.js';
import {
  listPromises,
  renderDamages,
  renderFormats,
  renderPairs,
  renderPlace,
  renderSummary,
} from './tables.js';

export interface ReportOptions {
  /** All rows were asked for: the tables are written and the promises weighed. */
  isWhole: boolean;
  json: boolean;
}

/** Runs the bench and tells what came of it. False when a whole run breaks a promise. */
export async function report(
  options: Options & { root: string },
  { isWhole, json }: ReportOptions,
): Promise<boolean> {
  let done = 0;
  const result = await runBench(options, (row) => {
    done += 1;
    if (isWhole) {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} rows`);
    } else if (!json) {
      for (const shown of row.shown) console.log(shown);
      console.log(renderLine(row));
    }
  });
  if (isWhole && process.stderr.isTTY) process.stderr.write('\r');
  for (const note of result.notes) process.stderr.write(`${note}\n`);
  const unsound = result.rows.reduce((sum, row) => sum + row.unsound, 0);
  if (unsound > 0) process.stderr.write(`${unsound} edits with a syntax error of their own were left out.\n`);
  const promises = isWhole ? listPromises(result) : [];
  if (json) console.log(JSON.stringify({ ...result, promises }, undefined, 2));
  else {
    if (isWhole) console.log(`${renderSummary(result)}\n\n${renderFormats(result)}\n`);
    for (const { text, holds } of promises) console.log(`${holds ? 'holds ' : 'BROKEN'} ${text}`);
  }
  if (isWhole) writeTables(options.root, result);
  return promises.every(({ holds }) => holds);
}

function renderLine(row: RowResult): string {
  const sum = sumRow(row);
  const parsed = sumRow(row, 'parsed');
  const cell = (value: number, width: number) => String(value).padStart(width);
  const share = (right: number, one: number) =>
    (one === 0 ? '-' : ((100 * right) / one).toFixed(1)).padStart(6);
  const few = sum.one + sum.none + row.unsound < row.wanted ? ' FEW' : '';
  return [
    row.name.padEnd(46),
    `one${cell(sum.one, 5)} right${share(sum.right, sum.one)} % refused${cell(sum.refused, 4)}`,
    ` none${cell(sum.none, 4)} wrong${cell(sum.wrong, 4)}`,
    ` with parsers${cell(parsed.one, 5)} right${share(parsed.right, parsed.one)} % wrong${cell(parsed.wrong, 4)}${few}`,
  ].join('');
}

/** Puts the tables between their markers in the two pages. */
function writeTables(root: string, result: BenchResult): void {
  const parts: Record<string, string> = {
    place: renderPlace(result),
    summary: renderSummary(result),
    formats: renderFormats(result),
    damages: renderDamages(result),
    pairs: renderPairs(result),
  };
  for (const page of [join('docs', 'bench-edits.md'), 'README.md']) {
    const path = join(root, page);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(
      /(<!-- bench:edits (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
      (found, open: string, name: string, close: string) =>
        parts[name] === undefined ? found : `${open}${parts[name]}\n${close}`,
    );
    if (after !== before) writeFileSync(path, after);
  }
}
