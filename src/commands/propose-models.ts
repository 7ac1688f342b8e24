import { isSameModel } from '../models/ollama/names.js';
import type { InstalledModel } from '../models/port.js';

export interface ModelProposal {
  overseer: string;
  coder: string;
  /** For people. */
  because: string;
}

/** The defaults of the schema, which 16 GB can hold both. */
const OVERSEER = 'llama3.1:8b';
const CODER = 'qwen2.5-coder:7b';

/**
 * Two 4-bit models of 7-8B take about 10 GB with their contexts, and the system, an editor and a browser the rest: on
 * less than 15 GiB (a "16 GB" machine shows 15.x) they would push each other out, and loading costs more than a second
 * opinion is worth.
 */
const ROOM_FOR_TWO = 15 * 1024 ** 3;

/**
 * Models for a first configuration: what is there already before what would have to be downloaded, and one model for
 * both roles on a small machine. `memory` in bytes.
 */
export function proposeModels(installed: readonly InstalledModel[], memory: number): ModelProposal {
  const coder = chooseInstalled(installed, CODER, isCoder) ?? CODER;
  if (memory < ROOM_FOR_TWO) {
    return { overseer: coder, coder, because: 'one model for both roles, as this machine has little memory' };
  }
  const overseer = chooseInstalled(installed, OVERSEER, (model) => !isCoder(model)) ?? OVERSEER;
  return { overseer, coder, because: 'one model for each role' };
}

/** The default if it is there; else the largest that fits the role. */
function chooseInstalled(
  installed: readonly InstalledModel[],
  wanted: string,
  fits: (model: InstalledModel) => boolean,
): string | undefined {
  if (installed.some(({ name }) => isSameModel(name, wanted))) return wanted;
  return installed
    .filter((model) => fits(model) && !isEmbedding(model))
    .toSorted((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0))
    .at(0)?.name;
}

function isCoder({ name }: InstalledModel): boolean {
  return /code/iu.test(name);
}

/** Embedding models answer no questions. */
function isEmbedding({ name }: InstalledModel): boolean {
  return /embed|bge-|minilm/iu.test(name);
}
