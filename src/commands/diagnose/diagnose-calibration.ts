import type { Config } from '../../config/schema.js';
import { measuredFormats, readingSpeed, writingSpeed } from '../../engine/calibrate/figures.js';
import { findAutoFormats } from '../../engine/calibrate/describe-auto.js';
import { calibrationKey, readCalibration } from '../../engine/calibrate/store.js';
import type { Calibration } from '../../engine/calibrate/calibration.js';
import { isSameModel, withoutFolders } from '../../models/names.js';
import type { Backend, InstalledModel, Role } from '../../models/port.js';
import { renderSpeed } from '../calibrate-view.js';
import type { Finding } from './finding.js';

/** What was measured of the models that are there. That nothing was is no fault. */
export async function diagnoseCalibration(
  { backend, installed }: { backend: Backend; installed: readonly InstalledModel[] },
  roles: readonly Role[],
  config: Config,
  signal: AbortSignal,
): Promise<Finding[]> {
  const seen = new Set<string>();
  const findings: Finding[] = [];
  for (const role of roles) {
    const { model: name, think, max_thinking: maxTokens } = config[role];
    if (!installed.some((each) => isSameModel(backend.kind, each.name, name))) continue;
    const thinking = think === 'off' ? undefined : { mode: think, maxTokens };
    const { key } = await calibrationKey(backend, { name, thinking }, signal);
    if (seen.has(key)) continue;
    seen.add(key);
    const { calibration, problem } = await readCalibration(key);
    findings.push(describe(`${role}-calibration`, withoutFolders(name), calibration, problem));
  }
  return findings;
}

function describe(
  check: string,
  name: string,
  calibration: Calibration | undefined,
  problem: string | undefined,
): Finding {
  const remedy = 'nexus models calibrate';
  if (problem !== undefined) return { check, level: 'warn', message: problem, remedy };
  if (calibration === undefined) {
    return { check, level: 'ok', message: `${name} is not calibrated (${remedy}).` };
  }
  const { measuredAt, edits } = calibration;
  const { small, named, other } = findAutoFormats(measuredFormats(calibration));
  const formats =
    edits.length === 0 ? '' : ` format auto: ${[...new Set([small, named, other])].join(', ')};`;
  const reads = renderSpeed(readingSpeed(calibration));
  const writes = renderSpeed(writingSpeed(calibration));
  return {
    check,
    level: 'ok',
    message: `${name} was calibrated on ${measuredAt.slice(0, 10)}:${formats} reads ${reads}, writes ${writes}.`,
  };
}
