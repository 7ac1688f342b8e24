import { assertPrivate, parseAddress } from '../address.js';
import type { OpenAiKind } from './preset.js';
import { PRESETS } from './presets/index.js';

/**
 * Where a server of this kind may be: `url` of the configuration, else the usual ports on this machine. A preset knows
 * the path of its protocol, so that it counts for nothing in `url`; for any other server it is part of it, `/v1` when
 * there is none.
 * @throws NexusError `bad-address`, `remote-address`
 */
export function resolveAddresses(
  kind: OpenAiKind,
  url: string | undefined,
  options: { allowRemote: boolean },
): URL[] {
  const { ports } = PRESETS[kind];
  if (url === undefined) return ports.map((port) => new URL(`http://127.0.0.1:${port}`));
  const source = '`url:` in .nexus.yml';
  const address = parseAddress(url, source, String(ports[0] ?? 80));
  if (!options.allowRemote) assertPrivate(address, source);
  if (kind === 'openai') address.pathname = address.pathname === '/' ? '/v1' : address.pathname;
  else address.pathname = address.pathname.replace(/\/(api\/)?v[01]$/, '');
  return [address];
}
