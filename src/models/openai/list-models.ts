import type { InstalledModel } from '../port.js';
import { modelList, type ListedModel } from './answers.js';
import type { Line } from './preset.js';

export async function listModels(line: Line, path: string): Promise<ListedModel[]> {
  return (await line.ask(modelList, { path })).data ?? [];
}

/** What a plain list of models tells: the name, sometimes the window. */
export function describeListed({ id, max_model_len: window }: ListedModel): InstalledModel {
  return {
    name: id,
    digest: undefined,
    sizeBytes: undefined,
    parameters: undefined,
    quantisation: undefined,
    contextTokens: window ?? undefined,
    loaded: undefined,
  };
}
