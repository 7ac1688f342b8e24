import { assertPrivate, parseAddress } from '../address.js';

const DEFAULT_PORT = '11434';

/**
 * Where the Ollama server is: `url` of the configuration, else `OLLAMA_HOST`, else http://127.0.0.1:11434.
 * @returns a URL without a slash at the end of its path.
 * @throws NexusError `bad-address`, or `remote-address` for a host outside this machine and its private networks.
 */
export function resolveOllamaAddress(
  url: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  options: { allowRemote: boolean },
): URL {
  const source = url === undefined ? 'OLLAMA_HOST' : '`url:` in .nexus.yml';
  const address = parseAddress(url ?? env['OLLAMA_HOST'] ?? '', source, DEFAULT_PORT);
  if (!options.allowRemote) assertPrivate(address, source);
  return address;
}
