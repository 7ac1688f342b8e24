import type { Model } from '../../models/port.js';
import { ROLES, type Crew } from '../models.js';
import type { Calibration } from './calibration.js';
import { calibrationKey, hasCalibrations, readCalibration } from './store.js';

/** What was measured of models, as far as it was. */
export interface Calibrations {
  of(model: Model): Calibration | undefined;
}

/**
 * What was measured of the models that the roles have now. The server is asked what they are only where anything was ever
 * measured; what it does not tell is not known, and a damaged file counts as none. @throws the reason of `signal`
 */
export async function findCalibrations(
  { backends, models }: Pick<Crew, 'backends' | 'models'>,
  signal: AbortSignal,
): Promise<Calibrations> {
  const found = new Map<Model, Calibration>();
  if (await hasCalibrations()) {
    for (const role of ROLES) {
      const model = models[role].current;
      try {
        const { key } = await calibrationKey(backends[role], model, signal);
        const { calibration } = await readCalibration(key);
        if (calibration !== undefined) found.set(model, calibration);
      } catch {
        // What is wrong with the server is told where it is asked for an answer.
        signal.throwIfAborted();
      }
    }
  }
  return { of: (model) => found.get(model) };
}
