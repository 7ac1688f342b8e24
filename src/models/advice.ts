import type { BackendKind } from './port.js';

/** What a person does about a fault, by the kind of server. */
interface Advice {
  /** The server does not answer. */
  start: string;
  /** The server does not have a model. */
  get: (model: string) => string;
  /** What loads it with a larger context; the number is that of the configuration, in tokens. */
  enlarge: (model: string, contextTokens: number) => string;
  /** What makes it keep two models in memory, where that is a setting. */
  room?: string;
  /** It cut a prompt although it was told not to, or could not be told. */
  cut: string;
  /** What answers there is something else. */
  address: string;
}

const CHECK_ADDRESS = 'Check `url:` and `backend:` of the role in .nexus.yml with `nexus doctor`.';
const LOAD_LARGER = 'Load the model with a larger context, or lower `context:` of the role in .nexus.yml.';

export const ADVICE: Readonly<Record<BackendKind, Advice>> = {
  ollama: {
    start: 'Start it with `ollama serve`, then look with `nexus doctor`.',
    get: (model) => `Get it with \`nexus models pull ${model}\` (or \`ollama pull ${model}\`).`,
    enlarge: () => 'Raise `context:` of the role in .nexus.yml.',
    cut: 'Update Ollama to 0.12.4 or newer, or raise `context:` of the role in .nexus.yml.',
    address: 'Check the address (`url:` in .nexus.yml, or OLLAMA_HOST) with `nexus doctor`.',
  },
  'lm-studio': {
    start: 'Start it with `lms server start` (or in its Developer page), then look with `nexus doctor`.',
    get: (model) =>
      `Get it with \`nexus models pull ${model}\` (or \`lms get\`); \`nexus models list\` shows what is there.`,
    enlarge: (model, tokens) =>
      `Unload it (\`lms unload ${model}\`): the next run loads it with ${tokens} tokens. Or lower \`context:\` of the role in .nexus.yml.`,
    cut: LOAD_LARGER,
    address: CHECK_ADDRESS,
  },
  lemonade: {
    start: 'Start Lemonade (its app, or `lemond`), then look with `nexus doctor`.',
    room: 'If both fit in memory: `lemonade config set max_loaded_models=2`. Or use one model for both roles.',
    get: (model) =>
      `Get it with \`nexus models pull ${model}\` (or \`lemonade pull ${model}\`); \`nexus models list\` shows what is there.`,
    enlarge: (model, tokens) =>
      `Unload it (\`lemonade unload ${model}\`): the next run loads it with ${tokens} tokens. Or lower \`context:\` of the role in .nexus.yml.`,
    cut: LOAD_LARGER,
    address: CHECK_ADDRESS,
  },
  'llama-server': {
    start: 'Start it with `llama-server -m FILE.gguf -c TOKENS`, then look with `nexus doctor`.',
    get: (model) =>
      `Write a name that \`nexus models list\` shows as \`model:\` in .nexus.yml, or start llama-server with \`--alias ${model}\`.`,
    enlarge: (_, tokens) =>
      `Start llama-server with \`-c ${tokens}\` (and \`-np 1\`: more slots share the context). Or lower \`context:\` of the role in .nexus.yml.`,
    cut: 'Start llama-server with a larger `-c`, or lower `context:` of the role in .nexus.yml.',
    address: CHECK_ADDRESS,
  },
  vllm: {
    start: 'Start it with `vllm serve MODEL`, then look with `nexus doctor`.',
    get: (model) =>
      `Start it with \`vllm serve ${model}\`, or write the name that \`nexus models list\` shows as \`model:\` in .nexus.yml.`,
    enlarge: (model, tokens) =>
      `Start it with \`vllm serve ${model} --max-model-len ${tokens}\`. Or lower \`context:\` of the role in .nexus.yml.`,
    cut: LOAD_LARGER,
    address: CHECK_ADDRESS,
  },
  openai: {
    start: 'Start the server at `url:` of the role in .nexus.yml, then look with `nexus doctor`.',
    get: () => 'Write a name that `nexus models list` shows as `model:` in .nexus.yml.',
    enlarge: () => LOAD_LARGER,
    cut: LOAD_LARGER,
    address: CHECK_ADDRESS,
  },
  embedded: {
    start: 'Look with `nexus doctor`.',
    get: () => 'Write the path of a GGUF file as `model:` of the role in .nexus.yml.',
    enlarge: () => 'Lower `context:` of the role in .nexus.yml.',
    cut: 'Raise `context:` of the role in .nexus.yml.',
    address: 'Write the path of a GGUF file as `model:` of the role in .nexus.yml.',
  },
};
