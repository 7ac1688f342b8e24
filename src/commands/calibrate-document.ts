import os from 'node:os';
import type { Calibration } from '../engine/calibrate/calibration.js';
import { findAutoFormats } from '../engine/calibrate/describe-auto.js';
import { measuredFormats, readingSpeed, sumFormats, writingSpeed } from '../engine/calibrate/figures.js';
import { withoutFolders } from '../models/names.js';
import type { Role } from '../models/port.js';
import type { MachineMemory } from '../platform/machine-memory.js';

/** One model with the roles that it was measured for. */
export interface MeasuredModel {
  roles: Role[];
  /** Whether its server is on this machine. */
  isHere: boolean;
  calibration: Calibration;
}

/** What belongs to the roles that were asked for: the same model may have been measured for the other one before. */
export function partsOf({ roles, calibration }: MeasuredModel): Pick<Calibration, 'edits' | 'plans'> {
  return {
    edits: roles.includes('coder') ? calibration.edits : [],
    plans: roles.includes('overseer') ? calibration.plans : [],
  };
}

/** Of the form of the document. */
const DOCUMENT_VERSION = 1;

/** What `nexus models calibrate --json` prints: it is pasted into bug reports, so no path, host or address is in it. */
export function calibrateDocument(
  models: readonly MeasuredModel[],
  machine: MachineMemory,
  version: string,
): unknown {
  const cpus = os.cpus();
  return {
    v: DOCUMENT_VERSION,
    nexus: version,
    machine: {
      system: process.platform,
      release: os.release(),
      architecture: process.arch,
      node: process.versions.node,
      processor: cpus[0]?.model.trim() ?? 'unknown',
      cores: cpus.length,
      memoryBytes: machine.ramBytes,
      graphics: machine.graphics,
    },
    models: models.map(describeModel),
  };
}

function describeModel(measured: MeasuredModel): unknown {
  const { roles, isHere, calibration } = measured;
  const { backend, model, think, measuredAt, context, nexus } = calibration;
  const { edits, plans } = partsOf(measured);
  const { isUsual, ...formats } = findAutoFormats(measuredFormats(calibration));
  return {
    roles,
    server: { kind: backend.kind, version: backend.version, where: isHere ? 'this-machine' : 'elsewhere' },
    model: { ...model, name: withoutFolders(model.name) },
    think,
    measuredAt,
    measuredBy: nexus,
    formats: sumFormats(edits),
    auto: edits.length === 0 ? null : { ...formats, isUsual },
    reading: readingSpeed(calibration),
    writing: writingSpeed(calibration),
    schema: {
      asked: plans.length,
      holds: plans.filter(({ outcome }) => outcome === 'holds').length,
      usable: plans.filter(({ usable }) => usable).length,
    },
    context,
    edits,
    plans,
  };
}
