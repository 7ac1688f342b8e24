import { EXIT, NexusError } from '../errors.js';
import type { BackendKind } from './port.js';

/** Where each kind's own tools look for its key. */
export const KEY_VARIABLES: Readonly<Record<BackendKind, string | undefined>> = {
  ollama: undefined,
  'lm-studio': 'LM_API_TOKEN',
  lemonade: 'LEMONADE_API_KEY',
  'llama-server': 'LLAMA_API_KEY',
  vllm: 'VLLM_API_KEY',
  openai: undefined,
  embedded: undefined,
};

/**
 * The key for a server, from the environment; undefined when it has none. `variable` is `api_key_env:` of the
 * configuration.
 * @throws NexusError `no-key` when a variable that is named there is not set, or cannot be a key. Its value is never
 *   part of a message.
 */
export function readApiKey(
  kind: BackendKind,
  variable: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = variable ?? KEY_VARIABLES[kind];
  const key = name === undefined ? '' : (env[name] ?? '').trim();
  if (key === '') {
    if (variable === undefined) return undefined;
    throw noKey(variable, 'is not set');
  }
  // Anything else cannot stand in a header, and the error of the HTTP client would quote it.
  if (!/^[\u0021-\u007E]+$/.test(key)) throw noKey(name ?? '', 'holds something that cannot be a key');
  return key;
}

function noKey(name: string, what: string): NexusError {
  return new NexusError({
    code: 'no-key',
    message: `The environment variable ${name}, which should hold the key of a model server, ${what}.`,
    remedy: 'Set it, or take `api_key_env:` out of .nexus.yml if the server needs no key.',
    exitCode: EXIT.config,
  });
}
