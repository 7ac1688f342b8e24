import type { OpenAiKind } from '../../src/models/openai/preset.js';
import type { Flavoured } from './scripted-openai.js';

/*
 * What is special about each kind of OpenAI-compatible server, after its documentation (reference §3.1-3.4).
 */

export interface FlavourState {
  models: readonly string[];
  /** Context of what is in memory. */
  loaded: Map<string, number>;
  loads: { model: string; context: number }[];
  loadingFor: number;
}

export interface Flavour {
  apiPath: string;
  /** Keys beside `usage` at the end of a stream. */
  figures: Record<string, unknown>;
  serves(model: string): boolean;
  missing(model: string): Flavoured;
  tooLong(): Flavoured;
  unknownPath(call: string): Flavoured;
  /** The answer to `GET /path`; undefined: the server does not know it. */
  answer(call: string, body: Record<string, unknown>): Flavoured | undefined;
}

const ok = (body: object): Flavoured => ({ status: 200, body });
const refuse = (status: number, message: string, type = 'invalid_request_error'): Flavoured => ({
  status,
  body: { error: { message, type, param: null, code: null } },
});

export function createFlavour(kind: OpenAiKind, state: FlavourState): Flavour {
  switch (kind) {
    case 'lm-studio':
      return createLmStudio(state);
    case 'lemonade':
      return createLemonade(state);
    case 'llama-server':
      return createLlamaServer(state);
    case 'vllm':
      return createVllm(state);
    case 'openai':
      return createPlain(state);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Tokens as a tokenizer would give them, about. */
function countTokens(text: unknown): number[] {
  return Array.from({ length: Math.ceil(textOf(text).length / 4) }, (_, index) => index);
}

function load(state: FlavourState, model: string, context: number): void {
  state.loaded.set(model, context);
  state.loads.push({ model, context });
}

function createPlain(state: FlavourState): Flavour {
  return {
    apiPath: '/v1',
    figures: {},
    serves: (model) => state.models.includes(model),
    missing: (model) => refuse(404, `The model \`${model}\` does not exist`, 'not_found'),
    tooLong: () =>
      refuse(400, "This model's maximum context length is 4096 tokens. However, you requested 9000."),
    unknownPath: () => ({ status: 404, body: { detail: 'Not Found' } }),
    answer: (call) =>
      call === 'GET /v1/models'
        ? ok({ object: 'list', data: state.models.map((id) => ({ id, object: 'model', owned_by: 'me' })) })
        : undefined,
  };
}

function createVllm(state: FlavourState): Flavour {
  return {
    ...createPlain(state),
    missing: (model) => ({
      status: 404,
      body: {
        error: { message: `The model \`${model}\` does not exist.`, type: 'NotFoundError', code: 404 },
      },
    }),
    answer(call, body) {
      const window = [...state.loaded.values()][0] ?? 32_768;
      switch (call) {
        case 'GET /version':
          return ok({ version: '0.12.0' });
        case 'GET /v1/models':
          return ok({
            object: 'list',
            data: state.models.map((id) => ({ id, max_model_len: window, owned_by: 'vllm' })),
          });
        case 'POST /tokenize': {
          const tokens = countTokens(JSON.stringify(body['messages']));
          return ok({ tokens, count: tokens.length, max_model_len: window });
        }
        default:
          return undefined;
      }
    },
  };
}

function createLlamaServer(state: FlavourState): Flavour {
  const loading = refuse(503, 'Loading model', 'unavailable_error');
  return {
    ...createPlain(state),
    figures: { timings: { cache_n: 5, prompt_n: 6, prompt_ms: 31.4, predicted_n: 7, predicted_ms: 66.6 } },
    tooLong: () => ({
      status: 400,
      body: {
        error: {
          code: 400,
          message: 'the request exceeds the available context size, try increasing it',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 9000,
          n_ctx: 4096,
        },
      },
    }),
    unknownPath: () => ({
      status: 404,
      body: { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } },
    }),
    answer(call, body) {
      // While it loads, everything but its page is answered with 503 (middleware_server_state in server-http.cpp).
      if (state.loadingFor > 0) {
        state.loadingFor -= 1;
        return loading;
      }
      if (call === 'GET /health') return ok({ status: 'ok' });
      const window = [...state.loaded.values()][0] ?? 32_768;
      if (call.startsWith('GET /props')) {
        return ok({
          default_generation_settings: { n_ctx: window },
          total_slots: 1,
          build_info: 'b9000-abc',
        });
      }
      switch (call) {
        case 'GET /v1/models':
          return ok({
            object: 'list',
            data: state.models.map((id) => ({
              id,
              owned_by: 'llamacpp',
              meta: {
                n_ctx: window,
                n_ctx_train: 32_768,
                n_params: 7_615_616_512,
                size: 4_683_073_536,
                ftype: 'Q4_K - Medium',
              },
            })),
          });
        case 'POST /v1/chat/completions/input_tokens':
          return ok({
            object: 'response.input_tokens',
            input_tokens: countTokens(JSON.stringify(body['messages'])).length,
          });
        default:
          return undefined;
      }
    },
  };
}

function createLemonade(state: FlavourState): Flavour {
  return {
    ...createPlain(state),
    apiPath: '/api/v1',
    missing: (model) => refuse(404, `Model '${model}' was not found`, 'model_not_found'),
    answer(call, body) {
      const name = textOf(body['model_name']);
      switch (call) {
        case 'GET /api/v1/health':
          return ok({
            status: 'ok',
            version: '11.7.0',
            max_models: { llm: 1, embedding: 1 },
            model_loaded: [...state.loaded.keys()].at(-1) ?? null,
            all_models_loaded: [...state.loaded].map(([model, context]) => ({
              model_name: model,
              type: 'llm',
              recipe: 'llamacpp',
              recipe_options: { ctx_size: context },
            })),
          });
        case 'GET /api/v1/models':
          return ok({
            object: 'list',
            data: state.models.map((id) => ({
              id,
              recipe: 'llamacpp',
              checkpoint: `someone/${id}:Q4_K_M`,
              size: 4.68,
              downloaded: true,
              labels: [],
            })),
          });
        case 'POST /api/v1/load':
          load(state, name, Number(body['ctx_size'] ?? 4096));
          return ok({ status: 'success', message: `Loaded model: ${name}` });
        case 'POST /api/v1/unload':
          state.loaded.delete(name);
          return ok({ status: 'success', message: 'Model unloaded successfully' });
        case 'POST /api/v1/tokenize':
          return ok({ tokens: countTokens(body['content']) });
        case 'POST /api/v1/pull':
          return {
            status: 200,
            body: '',
            events: [
              'event: progress\ndata: {"file":"a.gguf","file_index":1,"total_files":2,"bytes_downloaded":40,"bytes_total":100,"percent":40}',
              'event: progress\ndata: {"file":"b.json","file_index":2,"total_files":2,"bytes_downloaded":10,"bytes_total":10,"percent":100}',
              name === 'broken'
                ? 'event: error\ndata: {"error":"no space left"}'
                : 'event: complete\ndata: {"file_index":2,"total_files":2,"percent":100}',
            ],
          };
        default:
          return undefined;
      }
    },
  };
}

function createLmStudio(state: FlavourState): Flavour {
  return {
    ...createPlain(state),
    missing: () =>
      refuse(
        404,
        "No models loaded. Please load a model in the developer page or use the 'lms load' command.",
      ),
    tooLong: () =>
      refuse(400, 'The number of tokens to keep from the initial prompt is greater than the context length.'),
    // It answers unknown paths with 200 (seen in its own log: "Returning 200 anyway").
    unknownPath: (call) => ok({ error: `Unexpected endpoint or method. (${call})` }),
    answer(call, body) {
      const status = /^GET \/api\/v1\/models\/download\/status\/(.+)$/.exec(call);
      if (status !== null)
        return ok({ job_id: status[1], status: 'completed', total_size_bytes: 100, downloaded_bytes: 100 });
      switch (call) {
        case 'GET /api/v1/models':
          return ok({
            models: [
              ...state.models.map((key) => ({
                type: 'llm',
                key,
                quantization: { name: 'Q4_K_M', bits_per_weight: 4 },
                size_bytes: 4_683_073_536,
                params_string: '7B',
                loaded_instances: state.loaded.has(key)
                  ? [{ id: key, config: { context_length: state.loaded.get(key) } }]
                  : [],
                max_context_length: 32_768,
              })),
              {
                type: 'embedding',
                key: 'nomic',
                quantization: null,
                size_bytes: 1,
                params_string: null,
                loaded_instances: [],
                max_context_length: 2048,
              },
            ],
          });
        case 'POST /api/v1/models/load': {
          const model = textOf(body['model']);
          load(state, model, Number(body['context_length'] ?? 4096));
          return ok({ type: 'llm', instance_id: model, load_time_seconds: 1.5, status: 'loaded' });
        }
        case 'POST /api/v1/models/unload':
          state.loaded.delete(textOf(body['instance_id']));
          return ok({ instance_id: body['instance_id'] });
        case 'POST /api/v1/models/download':
          return ok({ job_id: 'job_1', status: 'downloading', total_size_bytes: 100, downloaded_bytes: 40 });
        default:
          return undefined;
      }
    },
  };
}
