import { z } from 'zod';
import { PULL_LIMITS } from '../../limits.js';
import { createFault, quoteForeignText } from '../../model-error.js';
import { isSameModel } from '../../names.js';
import { parseAnswer } from '../../parse-answer.js';
import type { InstalledModel, PullProgress } from '../../port.js';
import { SAMPLING } from '../../stream-answer.js';
import type { ListedModel } from '../answers.js';
import { describeListed, listModels } from '../list-models.js';
import type { Line, Preset, Sight } from '../preset.js';

const loadedModel = z.object({
  model_name: z.string(),
  recipe: z.string().nullish(),
  recipe_options: z.object({ ctx_size: z.number().nullish() }).nullish(),
});
const health = z.object({
  version: z.string(),
  model_loaded: z.string().nullish(),
  all_models_loaded: z.array(loadedModel).nullish(),
  max_models: z.object({ llm: z.number().nullish() }).nullish(),
});
type LoadedModel = z.infer<typeof loadedModel>;

const anything = z.object({});
const tokenList = z.object({ tokens: z.array(z.unknown()) });
const pullEvent = z.object({
  file: z.string().nullish(),
  bytes_downloaded: z.number().nullish(),
  bytes_total: z.number().nullish(),
  percent: z.number().nullish(),
  error: z.unknown().optional(),
});

/** Recipes that hand a prompt on to somebody else's machine, or choose for each prompt whether to. */
const ELSEWHERE: ReadonlySet<string> = new Set(['cloud', 'collection.router']);
/** Models for other things than answers. */
const OTHER_USES: ReadonlySet<string> = new Set([
  'embeddings',
  'reranking',
  'image',
  'audio',
  'tts',
  'transcription',
]);
/** What a chat template adds around a message; the server counts bare text only. */
const MESSAGE_TOKENS = 8;

/** AMD's Lemonade, also under GAIA (reference §3.2). */
export const lemonade: Preset = {
  kind: 'lemonade',
  title: 'Lemonade',
  ports: [13_305, 8000],
  apiPath: '/api/v1',
  recognise: async (line) => (await line.ask(health, { path: '/api/v1/health' })).version !== '',
  version: async (line) => (await line.ask(health, { path: '/api/v1/health' })).version,
  installed,
  look,
  async mostLoaded(line) {
    const most = (await line.ask(health, { path: '/api/v1/health' })).max_models?.llm ?? 0;
    // -1: without a limit.
    return most > 0 ? most : undefined;
  },
  async load(line, id, contextTokens, limits) {
    const body = { model_name: id, ctx_size: contextTokens };
    await line.ask(anything, { path: '/api/v1/load', body, model: id, limits });
  },
  async unload(line, name) {
    const loaded = findLoaded(await listLoaded(line), name);
    if (loaded === undefined) return;
    const body = { model_name: loaded.model_name };
    await line.ask(anything, { path: '/api/v1/unload', body, model: name });
  },
  pull,
  async countTokens(line, id, messages) {
    // It counts with whatever model was used last.
    const { model_loaded: last } = await line.ask(health, { path: '/api/v1/health' });
    if (last == null || !isSameModel('lemonade', last, id)) return undefined;
    const body = { content: messages.map(({ content }) => content).join('\n') };
    const { tokens } = await line.ask(tokenList, { path: '/api/v1/tokenize', body, model: id });
    return tokens.length + MESSAGE_TOKENS * messages.length;
  },
  extras: ({ role, thinks }) => ({
    top_k: SAMPLING[role].top_k,
    repeat_penalty: SAMPLING[role].repeat_penalty,
    chat_template_kwargs: { enable_thinking: thinks },
  }),
};

async function look(line: Line, name: string): Promise<Sight> {
  const loaded = findLoaded(await listLoaded(line), name);
  if (loaded !== undefined && !isElsewhere(loaded)) {
    const window = loaded.recipe_options?.ctx_size ?? 0;
    // -1: as much as fits in memory, which it does not tell.
    return { kind: 'loaded', id: loaded.model_name, windowTokens: window > 0 ? window : undefined };
  }
  const models = await listModels(line, '/api/v1/models');
  const model = models.find((each) => isSameModel('lemonade', each.id, name));
  if (loaded !== undefined || (model !== undefined && isElsewhere(model))) {
    return { kind: 'elsewhere', why: 'Lemonade forwards it to a service, or may' };
  }
  if (model === undefined || model.downloaded === false) return { kind: 'missing' };
  return { kind: 'unloaded', id: model.id };
}

function isElsewhere({ recipe }: { recipe?: string | null | undefined }): boolean {
  return recipe != null && ELSEWHERE.has(recipe);
}

async function listLoaded(line: Line): Promise<LoadedModel[]> {
  return (await line.ask(health, { path: '/api/v1/health' })).all_models_loaded ?? [];
}

function findLoaded(loaded: readonly LoadedModel[], name: string): LoadedModel | undefined {
  return loaded.find((each) => isSameModel('lemonade', each.model_name, name));
}

async function installed(line: Line): Promise<InstalledModel[]> {
  const [models, loaded] = await Promise.all([listModels(line, '/api/v1/models'), listLoaded(line)]);
  return models
    .filter((model) => model.downloaded !== false && !isElsewhere(model))
    .filter(({ labels }) => labels?.some((label) => OTHER_USES.has(label)) !== true)
    .map((model) => describe(model, findLoaded(loaded, model.id)));
}

function describe(model: ListedModel, loaded: LoadedModel | undefined): InstalledModel {
  const window = loaded?.recipe_options?.ctx_size ?? 0;
  return {
    ...describeListed(model),
    // In GB of a thousand million.
    sizeBytes: typeof model.size === 'number' ? Math.round(model.size * 1e9) : undefined,
    quantisation: /:([\w.-]+)$/.exec(model.checkpoint ?? '')?.[1],
    loaded: loaded && {
      contextTokens: window > 0 ? window : undefined,
      sizeBytes: undefined,
      gpuShare: undefined,
    },
  };
}

/** Files come one after the other; what all of them weigh shows only with the last. */
async function* pull(line: Line, name: string): AsyncGenerator<PullProgress, void, undefined> {
  const files = new Map<string, { total: number; completed: number }>();
  const body = { model_name: name, stream: true };
  let isComplete = false;
  for await (const item of line.follow({ path: '/api/v1/pull', body, model: name, limits: PULL_LIMITS })) {
    const event = parseAnswer(pullEvent, item, line.place(name));
    if (event.error != null) {
      const why = typeof event.error === 'string' ? event.error : JSON.stringify(event.error);
      throw createFault(line.place(name), 'server-error', quoteForeignText(why));
    }
    if (event.file != null) {
      files.set(event.file, { total: event.bytes_total ?? 0, completed: event.bytes_downloaded ?? 0 });
    }
    isComplete = event.file == null && event.percent === 100;
    const sums = [...files.values()];
    yield {
      status: isComplete ? 'success' : `pulling ${quoteForeignText(event.file ?? '')}`,
      completedBytes: sums.length === 0 ? undefined : sums.reduce((sum, { completed }) => sum + completed, 0),
      totalBytes: sums.length === 0 ? undefined : sums.reduce((sum, { total }) => sum + total, 0),
    };
  }
  if (!isComplete) throw createFault(line.place(name), 'stream-cut', 'its end is missing');
}
