import { z } from 'zod';
import { ModelError } from '../../model-error.js';
import { isSameModel } from '../../names.js';
import type { ChatMessage, InstalledModel } from '../../port.js';
import { SAMPLING } from '../../stream-answer.js';
import type { ListedModel } from '../answers.js';
import { describeListed, listModels } from '../list-models.js';
import type { Line, Preset, Sight } from '../preset.js';

const props = z.object({
  default_generation_settings: z.object({ n_ctx: z.number().nullish() }).nullish(),
  build_info: z.string().nullish(),
});
const health = z.object({});
const inputTokens = z.object({ input_tokens: z.number() });
const rendered = z.object({ prompt: z.string() });
const tokenList = z.object({ tokens: z.array(z.unknown()) });

/** llama.cpp's server (reference §3.3): one model with the context that it was started with, or a router over several. */
export const llamaServer: Preset = {
  kind: 'llama-server',
  title: 'llama-server',
  ports: [8080, 9931],
  apiPath: '/v1',
  async recognise(line) {
    const models = await listUnlessLoading(line);
    return models === undefined || models.some((model) => model.owned_by === 'llamacpp');
  },
  version: async (line) => (await askProps(line, undefined))?.build_info ?? undefined,
  installed: async (line) => {
    const models = await listModels(line, '/v1/models');
    return Promise.all(models.map(async (model) => describe(line, model)));
  },
  look,
  /** Only a router has models that are not loaded; any question about one makes it load it. */
  load: async (line, id, _, limits) => {
    await line.ask(props, { path: propsPath(id), model: id, limits });
  },
  async countTokens(line, id, messages) {
    try {
      const body = { model: id, messages };
      const path = '/v1/chat/completions/input_tokens';
      return (await line.ask(inputTokens, { path, body, model: id })).input_tokens;
    } catch (error) {
      if (!isUnknownPath(error)) throw error;
      return countRendered(line, id, messages);
    }
  },
  extras: ({ role, thinks }) => ({
    cache_prompt: true,
    top_k: SAMPLING[role].top_k,
    repeat_penalty: SAMPLING[role].repeat_penalty,
    chat_template_kwargs: { enable_thinking: thinks },
  }),
};

async function look(line: Line, name: string): Promise<Sight> {
  const models = await listUnlessLoading(line);
  if (models === undefined) return { kind: 'loading' };
  const model = models.find((each) => namesOf(each).some((one) => isSameModel('llama-server', one, name)));
  if (model === undefined) return { kind: 'missing' };
  const status = model.status?.value ?? 'loaded';
  if (status === 'loading' || status === 'downloading') return { kind: 'loading' };
  if (status === 'unloaded') return { kind: 'unloaded', id: model.id };
  return { kind: 'loaded', id: model.id, windowTokens: await askWindow(line, model) };
}

function namesOf({ id, aliases }: ListedModel): string[] {
  return [id, ...(aliases ?? [])];
}

/** Undefined while the server reads its model: it answers everything with 503, older builds only `/health`. */
async function listUnlessLoading(line: Line): Promise<ListedModel[] | undefined> {
  try {
    const models = await listModels(line, '/v1/models');
    if (models.some(({ meta, status }) => meta == null && status == null)) {
      await line.ask(health, { path: '/health' });
    }
    return models;
  } catch (error) {
    if (error instanceof ModelError && error.fault === 'busy') return undefined;
    throw error;
  }
}

/** Of one slot: several (`-np`) share the context. Older builds tell it only with their properties. */
async function askWindow(line: Line, model: ListedModel): Promise<number | undefined> {
  const told = model.meta?.n_ctx;
  if (told != null) return told;
  const isRouted = model.status?.value != null;
  const answer = await askProps(line, isRouted ? model.id : undefined);
  const window = answer?.default_generation_settings?.n_ctx ?? 0;
  return window > 0 ? window : undefined;
}

/** Undefined where the server does not tell (`--no-props` of some builds), or not yet. */
async function askProps(line: Line, id: string | undefined): Promise<z.infer<typeof props> | undefined> {
  try {
    return await line.ask(props, { path: id === undefined ? '/props' : `${propsPath(id)}&autoload=false` });
  } catch (error) {
    if (error instanceof ModelError && ['busy', 'bad-answer', 'bad-request'].includes(error.fault)) {
      return undefined;
    }
    throw error;
  }
}

function propsPath(id: string): string {
  return `/props?model=${encodeURIComponent(id)}`;
}

async function describe(line: Line, model: ListedModel): Promise<InstalledModel> {
  const { meta } = model;
  const isLoaded = ['loaded', 'sleeping'].includes(model.status?.value ?? 'loaded');
  return {
    ...describeListed(model),
    sizeBytes: meta?.size ?? undefined,
    parameters: meta?.n_params == null ? undefined : `${(meta.n_params / 1e9).toFixed(1)}B`,
    quantisation: meta?.ftype == null ? undefined : shortenQuantisation(meta.ftype),
    contextTokens: meta?.n_ctx_train ?? undefined,
    loaded: isLoaded
      ? { contextTokens: await askWindow(line, model), sizeBytes: undefined, gpuShare: undefined }
      : undefined,
  };
}

/** `Q4_K - Medium` → `Q4_K_M`, as files and other servers call it. */
function shortenQuantisation(text: string): string {
  return text.replace(/ - (\w)\w*$/, '_$1');
}

/** Older builds cannot count a chat, but render its template and count that. */
async function countRendered(
  line: Line,
  id: string,
  messages: readonly ChatMessage[],
): Promise<number | undefined> {
  try {
    const { prompt } = await line.ask(rendered, { path: '/apply-template', body: { messages }, model: id });
    const body = { content: prompt, add_special: true };
    return (await line.ask(tokenList, { path: '/tokenize', body, model: id })).tokens.length;
  } catch (error) {
    if (isUnknownPath(error)) return undefined;
    throw error;
  }
}

function isUnknownPath(error: unknown): boolean {
  return error instanceof ModelError && (error.fault === 'bad-answer' || error.fault === 'bad-request');
}
