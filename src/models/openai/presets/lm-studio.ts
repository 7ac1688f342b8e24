import { z } from 'zod';
import { ModelError } from '../../model-error.js';
import { isSameModel } from '../../names.js';
import type { InstalledModel } from '../../port.js';
import { SAMPLING } from '../../stream-answer.js';
import type { Line, Preset, Sight } from '../preset.js';
import { pullToLmStudio } from './lm-studio-pull.js';

const text = z.string().nullish();
const count = z.number().nonnegative().nullish();

const models = z.object({
  models: z.array(
    z.object({
      key: z.string(),
      type: text,
      quantization: z.object({ name: text }).nullish(),
      size_bytes: count,
      params_string: text,
      max_context_length: count,
      loaded_instances: z
        .array(z.object({ id: z.string(), config: z.object({ context_length: count }).nullish() }))
        .nullish(),
    }),
  ),
});
type StudioModel = z.infer<typeof models>['models'][number];

/** Before 0.4.0. */
const oldModels = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      type: text,
      quantization: text,
      state: text,
      max_context_length: count,
      loaded_context_length: count,
    }),
  ),
});

const anything = z.object({});

/** LM Studio (reference §3.1): its own `/api/v1` lists and loads models, `/v1` answers. */
export const lmStudio: Preset = {
  kind: 'lm-studio',
  title: 'LM Studio',
  ports: [1234],
  apiPath: '/v1',
  mayAnswerWithAnother: true,
  // It tells no version; the list shows that it is LM Studio.
  version: async (line) => {
    await listModels(line);
    return undefined;
  },
  installed: async (line) =>
    (await listModels(line)).filter((model) => model.type !== 'embedding').map(describe),
  look,
  async load(line, id, contextTokens, limits) {
    const body = { model: id, context_length: contextTokens };
    await line.ask(anything, { path: '/api/v1/models/load', body, model: id, limits });
  },
  async unload(line, name) {
    const model = (await listModels(line)).find((each) => isNamed(each, name));
    for (const { id } of model?.loaded_instances ?? []) {
      const body = { instance_id: id };
      await line.ask(anything, { path: '/api/v1/models/unload', body, model: name });
    }
  },
  pull: pullToLmStudio,
  extras: ({ role, keepAliveSeconds }) => ({
    // For a model that a request loads; one that was told to load stays.
    ...(keepAliveSeconds === undefined ? {} : { ttl: Math.max(1, keepAliveSeconds) }),
    top_k: SAMPLING[role].top_k,
    repeat_penalty: SAMPLING[role].repeat_penalty,
  }),
};

async function look(line: Line, name: string): Promise<Sight> {
  const model = (await listModels(line)).find((each) => isNamed(each, name));
  if (model === undefined) return { kind: 'missing' };
  const widest = (model.loaded_instances ?? []).toSorted((a, b) => windowOf(b) - windowOf(a))[0];
  if (widest === undefined) return { kind: 'unloaded', id: model.key };
  return { kind: 'loaded', id: widest.id, windowTokens: widest.config?.context_length ?? undefined };
}

type Instance = NonNullable<StudioModel['loaded_instances']>[number];

function windowOf({ config }: Instance): number {
  return config?.context_length ?? 0;
}

/** By its key, or by the name that somebody gave to a loaded instance. */
function isNamed(model: StudioModel, name: string): boolean {
  const instances = model.loaded_instances ?? [];
  return isSameModel('lm-studio', model.key, name) || instances.some((instance) => instance.id === name);
}

async function listModels(line: Line): Promise<StudioModel[]> {
  try {
    return (await line.ask(models, { path: '/api/v1/models' })).models;
  } catch (error) {
    if (!(error instanceof ModelError) || !['bad-answer', 'bad-request'].includes(error.fault)) throw error;
    return listOldModels(line);
  }
}

async function listOldModels(line: Line): Promise<StudioModel[]> {
  const { data } = await line.ask(oldModels, { path: '/api/v0/models' });
  return data.map((model) => ({
    key: model.id,
    type: model.type === 'embeddings' ? 'embedding' : model.type,
    quantization: { name: model.quantization },
    max_context_length: model.max_context_length,
    loaded_instances:
      model.state === 'loaded'
        ? [{ id: model.id, config: { context_length: model.loaded_context_length } }]
        : [],
  }));
}

function describe(model: StudioModel): InstalledModel {
  const loaded = model.loaded_instances?.[0];
  return {
    name: model.key,
    digest: undefined,
    sizeBytes: model.size_bytes ?? undefined,
    parameters: model.params_string ?? undefined,
    quantisation: model.quantization?.name ?? undefined,
    contextTokens: model.max_context_length ?? undefined,
    loaded: loaded && {
      contextTokens: loaded.config?.context_length ?? undefined,
      sizeBytes: undefined,
      gpuShare: undefined,
    },
  };
}
