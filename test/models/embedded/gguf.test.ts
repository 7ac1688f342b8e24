import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGgufHeader, type GgufHeader } from '../../../src/models/embedded/gguf.js';
import { QWEN, renderGguf, text, u32, uint32, uint64, type GgufValue } from './gguf-files.js';

function headerOf(entries: Readonly<Record<string, GgufValue>>): GgufHeader {
  const bytes = renderGguf(entries);
  const reading = parseGgufHeader(bytes, bytes.length);
  if (reading.kind !== 'header') throw new Error(JSON.stringify(reading));
  return reading.header;
}

/** Entries that are given as they are: a list of one entry with any type and value. */
function rawEntry(type: number, value: Buffer): Buffer {
  return Buffer.concat([renderGguf({}, { count: 1n }), uint64(1n), Buffer.from('k'), uint32(type), value]);
}

describe('the description of a GGUF file', () => {
  test('says what the model is', () => {
    const header = headerOf(QWEN);
    expect(header).toEqual({
      architecture: 'qwen2',
      name: 'Qwen2.5 Coder 0.5B',
      parameters: '0.5B',
      quantisation: 'Q4_K_M',
      contextTokens: 32_768,
      layers: 24,
      cacheWidth: 2 * (64 + 64),
      embeddingLength: 896,
      vocabulary: 3,
      endsAt: renderGguf(QWEN).length,
    });
  });

  test('may leave everything out', () => {
    expect(Object.values(headerOf({})).filter((value) => value !== undefined)).toEqual([24]);
    expect(headerOf({ 'general.architecture': u32(1), 'general.file_type': u32(999) })).toMatchObject({
      architecture: undefined,
      quantisation: undefined,
    });
  });

  test('may give widths of keys and values, figures of each layer, and numbers of any width', () => {
    const header = headerOf({
      'general.architecture': text('gemma3'),
      'gemma3.context_length': { type: 'u64', value: 131_072n },
      'gemma3.attention.head_count': u32(8),
      'gemma3.attention.head_count_kv': { type: 'u32s', value: [1, 4, 0] },
      'gemma3.attention.key_length': u32(256),
      'gemma3.attention.value_length': u32(128),
    });
    expect(header).toMatchObject({ contextTokens: 131_072, cacheWidth: 4 * (256 + 128) });
    for (const type of [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12]) {
      const bytes = rawEntry(type, Buffer.alloc(8));
      expect(parseGgufHeader(bytes, bytes.length).kind).toBe('header');
    }
  });

  test('counts a vocabulary without keeping it, and leaves a long text out', () => {
    const words = Array.from({ length: 5000 }, (_, index) => `t${index}`);
    const header = headerOf({
      'general.name': text('x'.repeat(5000)),
      'tokenizer.ggml.tokens': { type: 'texts', value: words },
      'tokenizer.ggml.token_type': { type: 'u32s', value: words.map(() => 1) },
      'general.size_label': text('7B'),
    });
    expect(header).toMatchObject({ vocabulary: 5000, name: undefined, parameters: '7B' });
  });

  test('is not finished with any of its beginnings', () => {
    const bytes = renderGguf(QWEN);
    for (let length = 0; length < bytes.length; length += 1) {
      const part = bytes.subarray(0, length);
      expect(parseGgufHeader(part, bytes.length)).toEqual({ kind: 'unfinished' });
      expect(parseGgufHeader(part, length)).toMatchObject({ kind: 'bad' });
    }
  });

  test.each([
    ['text', Buffer.from('{"name": "nexus"}'), /is not a GGUF file/],
    ['an empty file', Buffer.alloc(0), /cut off/],
    ['version 1', renderGguf({}, { version: 1 }), /version 1/],
    ['the other byte order', renderGguf({}, { version: 0x0300_0000 }), /byte order/],
    ['endless entries', renderGguf({}, { count: 0xffff_ffffn }), /endless/],
    ['too many tensors', renderGguf({}, { tensors: 2_000_000 }), /too many tensors/],
    ['an unknown type', rawEntry(13, Buffer.alloc(8)), /unknown types/],
    [
      'nested lists',
      rawEntry(9, Buffer.concat(Array(9).fill(Buffer.concat([uint32(9), uint64(1n)])))),
      /nested/,
    ],
    ['a text that ends nowhere', rawEntry(8, uint64(1n << 60n)), /cut off/],
  ])('is refused when it is %s', (_, bytes, reason) => {
    const reading = parseGgufHeader(bytes, bytes.length);
    expect(reading).toMatchObject({ kind: 'bad' });
    expect(reading.kind === 'bad' && reading.reason).toMatch(reason);
  });

  test('cannot be longer than its file', () => {
    const bytes = rawEntry(8, uint64(1n << 60n));
    expect(parseGgufHeader(bytes, 1e9)).toMatchObject({ kind: 'bad', reason: /longer than the file/ });
  });

  test('never makes the reader fail or hang, whatever bytes are changed', () => {
    const good = renderGguf(QWEN);
    const changed = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(changed, fc.nat(good.length), (changes, length) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const reading = parseGgufHeader(bytes.subarray(0, length), good.length);
        expect(['header', 'unfinished', 'bad']).toContain(reading.kind);
      }),
      { numRuns: 2000 },
    );
  });
});
