import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findCacheFolder } from '../../config/user-folder.js';
import { hasCode, messageOf } from '../../errors.js';
import type { Backend, Model } from '../../models/port.js';
import { writeAtomically } from '../../platform/held-files.js';
import { readPlainFile } from '../../platform/read-plain-file.js';
import { calibrationSchema, type Calibration } from './calibration.js';

/*
 * What was measured of models, one file for each, beside the kept answers: it belongs to the user and the machine, not to a
 * repository. A file says what speeds and formats are expected; it is trusted with nothing else.
 */

/** Far more than a calibration takes, in bytes. */
const LARGEST_FILE = 1_000_000;

/** What a calibration is about, and the name of its file. */
export interface CalibrationKey {
  digest: string | undefined;
  key: string;
}

export function calibrationFolder(cacheFolder = findCacheFolder()): string {
  return join(cacheFolder, 'calibration');
}

/** Whether anything was ever measured here: if not, no server need be asked what its models are. */
export async function hasCalibrations(folder = calibrationFolder()): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name.endsWith('.json'));
}

/**
 * Names a model by its content, and where nothing tells that apart, by its server and name. How it thinks is part of it: a
 * model that thinks is right more often and takes longer.
 * @throws ModelError; the reason of `signal`
 */
export async function calibrationKey(
  backend: Backend,
  model: Pick<Model, 'name' | 'thinking'>,
  signal: AbortSignal,
): Promise<CalibrationKey> {
  const digest = await backend.digest?.(model.name, signal);
  const content = digest === undefined ? [backend.label, model.name] : [digest];
  const named = [backend.kind, ...content, model.thinking?.mode ?? 'off'];
  return { digest, key: createHash('sha256').update(JSON.stringify(named)).digest('hex') };
}

/** What is kept; `problem`: there is a file, but it is none of ours, is damaged or can't be read. Never throws. */
export async function readCalibration(
  key: string,
  folder = calibrationFolder(),
): Promise<{ calibration: Calibration | undefined; problem: string | undefined }> {
  const path = pathOf(folder, key);
  try {
    const found = await readPlainFile(path, LARGEST_FILE);
    if (found === 'foreign') throw new Error('it is no such file');
    const parsed = calibrationSchema.safeParse(JSON.parse(found.text));
    if (!parsed.success) throw new Error('it is damaged, or of another version of Nexus');
    return { calibration: parsed.data, problem: undefined };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { calibration: undefined, problem: undefined };
    return { calibration: undefined, problem: `${path} counts as not there: ${messageOf(error)}` };
  }
}

/** @throws what the file system says */
export async function writeCalibration(
  key: string,
  calibration: Calibration,
  folder = calibrationFolder(),
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeAtomically(pathOf(folder, key), `${JSON.stringify(calibration)}\n`, {
    fsync: false,
    mode: 0o600,
  });
}

function pathOf(folder: string, key: string): string {
  return join(folder, `${key}.json`);
}
