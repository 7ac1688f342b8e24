import { parseConfig } from '../config/parse-config.js';
import type { InstalledModel } from '../models/port.js';
import { recommendModels } from '../models/recommend/recommend.js';
import type { MachineMemory } from '../platform/machine-memory.js';

export interface ModelProposal {
  overseer: string;
  coder: string;
  /** For people. */
  because: string;
}

/**
 * Models for a first configuration: what is there already, if it is of use, before what would have to be downloaded. As
 * `nexus models recommend` has them, but with the contexts that a configuration has without saying so.
 */
export function proposeModels(installed: readonly InstalledModel[], machine: MachineMemory): ModelProposal {
  const { overseer, coder } = parseConfig('').config;
  const contexts = { overseer: [overseer.context], coder: [coder.context] };
  const recommendation = recommendModels({ machine, installed, contexts });
  const chosen = recommendation.installed ?? recommendation.best;
  return { overseer: chosen.overseer.model, coder: chosen.coder.model, because: chosen.because };
}
