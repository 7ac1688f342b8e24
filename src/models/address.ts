import { BlockList, isIP, isIPv4 } from 'node:net';
import { EXIT, NexusError } from '../errors.js';

/**
 * Reads the address of a model server by the rules of Ollama's own `OLLAMA_HOST` (envconfig/config.go): quotes and
 * blanks around it are dropped, a bare host gets `defaultPort`, `http://` 80, `https://` 443, an invalid port the
 * default, and the "any" addresses 0.0.0.0 and :: become loopback, where a client can connect.
 * @param source where it was written, for messages
 * @returns a URL without a slash at the end of its path.
 * @throws NexusError `bad-address`
 */
export function parseAddress(written: string, source: string, defaultPort: string): URL {
  const text = trimQuotes(written);
  const withScheme = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text.trim());
  const scheme = withScheme?.[1]?.toLowerCase() ?? 'http';
  const rest = withScheme?.[2] ?? text.trim();
  if (scheme !== 'http' && scheme !== 'https') {
    throw badAddress(text, source, `\`${scheme}\` is not http or https`);
  }
  const slash = rest.indexOf('/');
  const hostAndPort = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash + 1);
  if (hostAndPort.includes('@')) {
    // Never shown: what stands before the @ may be a password.
    throw badAddress('', source, 'a user name or password in the address is not supported');
  }
  const schemePort = scheme === 'https' ? '443' : '80';
  const { host, port } = splitHostPort(hostAndPort, withScheme === null ? defaultPort : schemePort);
  const literal = isIP(host) === 6 ? `[${host}]` : host;
  const text2 = `${scheme}://${literal}:${port}/${path}`;
  if (!URL.canParse(text2)) throw badAddress(text, source, 'it is not an address');
  const address = new URL(text2);
  address.search = '';
  address.hash = '';
  address.pathname = address.pathname.replace(/\/+$/, '');
  if (address.hostname === '0.0.0.0') address.hostname = '127.0.0.1';
  if (address.hostname === '[::]') address.hostname = '[::1]';
  return address;
}

function trimQuotes(text: string): string {
  return text.trim().replaceAll(/^["']+|["']+$/g, '');
}

function splitHostPort(text: string, defaultPort: string): { host: string; port: string } {
  const bare = text.replaceAll(/^\[|\]$/g, '');
  if (text === '') return { host: '127.0.0.1', port: defaultPort };
  if (isIP(bare) !== 0) return { host: bare, port: defaultPort };
  const colon = text.lastIndexOf(':');
  if (colon < 0 || text.endsWith(']')) return { host: bare, port: defaultPort };
  const host = text.slice(0, colon).replaceAll(/^\[|\]$/g, '');
  const port = text.slice(colon + 1);
  const isPort = /^\d{1,5}$/.test(port) && Number(port) <= 65_535;
  return { host: host === '' ? '127.0.0.1' : host, port: isPort ? port : defaultPort };
}

/** @throws NexusError `remote-address` for a host outside this machine and its private networks */
export function assertPrivate(address: URL, source: string): void {
  if (isPrivateHost(address.hostname)) return;
  throw new NexusError({
    code: 'remote-address',
    message: `The model server ${address.host} (${source}) is outside this machine and its private network.`,
    remedy: 'Set `allow_remote: true` in .nexus.yml if your code may be sent there.',
    exitCode: EXIT.config,
  });
}

function badAddress(text: string, source: string, why: string): NexusError {
  const shown = text === '' ? '' : ` ${JSON.stringify(text)}`;
  return new NexusError({
    code: 'bad-address',
    message: `The address of the model server${shown} (${source}) is wrong: ${why}.`,
    remedy: 'Write it like http://127.0.0.1:11434.',
    exitCode: EXIT.config,
  });
}

/** Loopback, RFC 1918, link-local (RFC 3927, RFC 4291) and unique local addresses (RFC 4193). */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addSubnet('169.254.0.0', 16, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/** Names that never leave a private network: RFC 6761, 6762, 8375, and ICANN's reservation of `.internal`. */
const PRIVATE_SUFFIXES = ['.localhost', '.local', '.lan', '.home.arpa', '.internal'];

/**
 * Whether `hostname` (as in a URL, so odd spellings of IPv4 are already plain) belongs to this machine or a private
 * network. A name without a dot is taken as private: it is a host of the local network or of a container set-up.
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replaceAll(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return PRIVATE.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
  return !host.includes('.') || PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix));
}

/** Whether `hostname` (as in a URL) is this machine itself. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replaceAll(/^\[|\]$/g, '').replace(/\.$/, '');
  return host === '::1' || host.startsWith('127.') || /(^|\.)localhost$/.test(host);
}
