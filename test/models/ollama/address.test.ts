import { describe, expect, test } from 'vitest';
import { NexusError } from '../../../src/errors.js';
import { resolveOllamaAddress } from '../../../src/models/ollama/address.js';

const resolve = (url: string | undefined, host?: string, allowRemote = false): string =>
  resolveOllamaAddress(url, host === undefined ? {} : { OLLAMA_HOST: host }, { allowRemote }).href.replace(
    /\/$/,
    '',
  );

const failure = (url: string | undefined, host?: string): NexusError => {
  try {
    resolve(url, host);
  } catch (error) {
    if (error instanceof NexusError) return error;
  }
  throw new Error('It was not refused.');
};

describe('OLLAMA_HOST as the server reads it', () => {
  test.each([
    [undefined, 'http://127.0.0.1:11434'],
    ['', 'http://127.0.0.1:11434'],
    ['  "localhost"  ', 'http://localhost:11434'],
    ["'192.168.1.20'", 'http://192.168.1.20:11434'],
    ['127.0.0.1:1234', 'http://127.0.0.1:1234'],
    [':8080', 'http://127.0.0.1:8080'],
    ['http://localhost', 'http://localhost'],
    ['HTTP://localhost', 'http://localhost'],
    ['https://gpu.local', 'https://gpu.local'],
    ['https://gpu.local:8443/ollama/', 'https://gpu.local:8443/ollama'],
    ['localhost/ollama', 'http://localhost:11434/ollama'],
    ['localhost/ollama?x=1#y', 'http://localhost:11434/ollama'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:9999', 'http://127.0.0.1:9999'],
    ['::', 'http://[::1]:11434'],
    ['[::]:9999', 'http://[::1]:9999'],
    ['::1', 'http://[::1]:11434'],
    ['[::1]', 'http://[::1]:11434'],
    ['[::1', 'http://[::1]:11434'],
    ['[fd00::5]:9999', 'http://[fd00::5]:9999'],
    ['localhost:99999', 'http://localhost:11434'],
    ['localhost:port', 'http://localhost:11434'],
    ['https://localhost:-1', 'https://localhost'],
  ])('%s → %s', (host, address) => {
    expect(resolve(undefined, host)).toBe(address);
  });
});

test('the configuration goes before the environment', () => {
  expect(resolve('http://127.0.0.1:1', 'http://127.0.0.1:2')).toBe('http://127.0.0.1:1');
});

describe('hosts outside the private network', () => {
  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '100.64.0.1',
    'example.com',
    'https://ollama.com',
    'local.example.com',
    'notlocal',
    '[2001:db8::1]',
    '134744072',
    '[::ffff:8.8.8.8]',
  ])('%s', (host) => {
    const isName = host === 'notlocal';
    // A name without a dot belongs to the local network or a container set-up.
    expect(isName ? resolve(undefined, host) : failure(undefined, host).code).toBe(
      isName ? 'http://notlocal:11434' : 'remote-address',
    );
  });

  test.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.9',
    '169.254.1.1',
    '127.8.8.8',
    '0x7f.1',
    'gpu.local',
    'gpu.local.',
    'host.docker.internal',
    'nas.home.arpa',
    'box.lan',
    'x.localhost',
    '[fe80::1]',
    '[fd12:3456::1]',
    '[::ffff:10.0.0.1]',
  ])('%s is inside', (host) => {
    expect(() => resolve(undefined, host)).not.toThrow();
  });

  test('are named with their source and the key that allows them', () => {
    expect(failure('https://models.example.com/x')).toMatchObject({
      code: 'remote-address',
      exitCode: 3,
      message:
        'The model server models.example.com (`url:` in .nexus.yml) is outside this machine and its private network.',
      remedy: expect.stringContaining('allow_remote: true'),
    });
    expect(resolve('https://models.example.com/x', undefined, true)).toBe('https://models.example.com/x');
  });
});

describe('addresses that are none', () => {
  test.each([
    ['unix:///run/ollama.sock', 'is not http or https'],
    ['http://a b', 'it is not an address'],
  ])('%s', (host, why) => {
    expect(failure(undefined, host)).toMatchObject({ code: 'bad-address', exitCode: 3 });
    expect(failure(undefined, host).message).toContain(why);
    expect(failure(undefined, host).message).toContain('OLLAMA_HOST');
  });

  test('a password in an address is not shown', () => {
    const { message } = failure('http://me:secret@127.0.0.1:11434');
    expect(message).toContain('not supported');
    expect(message).not.toContain('secret');
  });
});
