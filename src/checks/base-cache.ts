import { createHash } from 'node:crypto';
import path from 'node:path';

import { z } from 'zod';

import type { CheckConfig } from '../config/schema.js';
import { writeAtomically } from '../platform/held-files.js';
import type { ObjectId } from '../repository/repository.js';
import { makeFolderBelow, withExplainedWrite } from '../repository/write-failures.js';
import type { CheckReport } from './check.js';
import { readJson } from './read-json.js';

/** Grows whenever the stored form or the meaning of a result changes; older entries are then not read any more. */
const FORMAT_VERSION = 1;

const result = z.object({
  name: z.string(),
  command: z.string(),
  cwd: z.string(),
  outcome: z.enum(['passed', 'failed', 'timed-out', 'could-not-run']),
  exitCode: z.number().optional(),
  signal: z.string().optional(),
  durationMs: z.number(),
  output: z.string(),
});

const stored = z.object({
  version: z.literal(FORMAT_VERSION),
  tree: z.string(),
  results: z.array(result),
});

export interface BaseKey {
  /** Of the repository; absolute. */
  commonDir: string;
  tree: ObjectId;
  checks: readonly CheckConfig[];
  setup: readonly CheckConfig[];
  link: readonly string[] | undefined;
}

/**
 * What the checks said of this tree before, if they were the same checks, set up in the same way; undefined if that is
 * not known. A damaged or foreign file counts as not known.
 */
export async function loadBaseReport(key: BaseKey): Promise<CheckReport | undefined> {
  const read = stored.safeParse(await readJson(fileOf(key)));
  if (!read.success || read.data.tree !== key.tree) return undefined;
  const results = read.data.results.map((one) => ({ ...one, exitCode: one.exitCode, signal: one.signal }));
  return { tree: key.tree, results, setupFailed: undefined };
}

/**
 * Keeps what the checks said of a tree in `<commonDir>/nexus/base-checks`. Not kept: a failed `setup` and a command that
 * could not run. They tell of the machine (no network, a missing tool), so the next run asks again.
 * @throws NexusError `disk-full`, `not-writable`, `repository-gone`
 */
export async function saveBaseReport(key: BaseKey, report: CheckReport): Promise<void> {
  if (report.tree !== key.tree)
    throw new Error(`a report on ${report.tree} was to be kept as one on ${key.tree}`);
  if (report.setupFailed !== undefined) return;
  if (report.results.some((one) => one.outcome === 'could-not-run')) return;
  const file = fileOf(key);
  await makeFolderBelow(key.commonDir, path.dirname(file));
  const { tree, results } = report;
  const text = `${JSON.stringify({ version: FORMAT_VERSION, tree, results })}\n`;
  await withExplainedWrite({ path: file, commonDir: key.commonDir }, () => writeAtomically(file, text));
}

function fileOf({ commonDir, tree, checks, setup, link }: BaseKey): string {
  const how = { checks: checks.map(whatRuns), setup: setup.map(whatRuns), link: link ?? null };
  const hash = createHash('sha256').update(JSON.stringify(how)).digest('hex').slice(0, 16);
  return path.join(commonDir, 'nexus', 'base-checks', `${tree}-${hash}.json`);
}

/** Not `paths`: they say when a check runs, not what it does. */
function whatRuns({ name, run, cwd, timeout }: CheckConfig): unknown[] {
  return [name ?? null, run, cwd, timeout];
}
