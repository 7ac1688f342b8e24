import { writeFile } from 'node:fs/promises';

export type GgufValue =
  | { type: 'u32'; value: number }
  | { type: 'u64'; value: bigint }
  | { type: 'f32'; value: number }
  | { type: 'bool'; value: boolean }
  | { type: 'text'; value: string }
  | { type: 'texts'; value: readonly string[] }
  | { type: 'u32s'; value: readonly number[] };

export const u32 = (value: number): GgufValue => ({ type: 'u32', value });
export const text = (value: string): GgufValue => ({ type: 'text', value });

/** What a small model says of itself. */
export const QWEN: Readonly<Record<string, GgufValue>> = {
  'general.architecture': text('qwen2'),
  'general.name': text('Qwen2.5 Coder 0.5B'),
  'general.size_label': text('0.5B'),
  'general.file_type': u32(15),
  'qwen2.block_count': u32(24),
  'qwen2.context_length': u32(32_768),
  'qwen2.embedding_length': u32(896),
  'qwen2.attention.head_count': u32(14),
  'qwen2.attention.head_count_kv': u32(2),
  'qwen2.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-6 },
  'tokenizer.ggml.tokens': { type: 'texts', value: ['a', 'b', 'c'] },
  'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
};

/** The bytes of a GGUF file with these entries, and `tail` where tensors would be. */
export function renderGguf(
  entries: Readonly<Record<string, GgufValue>> = QWEN,
  options: { version?: number; tensors?: number; count?: bigint; tail?: Buffer } = {},
): Buffer {
  const all = Object.entries(entries);
  return Buffer.concat([
    Buffer.from('GGUF'),
    uint32(options.version ?? 3),
    uint64(BigInt(options.tensors ?? 0)),
    uint64(options.count ?? BigInt(all.length)),
    ...all.flatMap(([key, value]) => [renderText(key), ...renderValue(value)]),
    options.tail ?? Buffer.alloc(0),
  ]);
}

export async function writeGguf(
  path: string,
  entries?: Readonly<Record<string, GgufValue>>,
  tail?: Buffer,
): Promise<string> {
  await writeFile(path, renderGguf(entries, tail === undefined ? {} : { tail }));
  return path;
}

function renderValue(entry: GgufValue): Buffer[] {
  switch (entry.type) {
    case 'u32':
      return [uint32(4), uint32(entry.value)];
    case 'u64':
      return [uint32(10), uint64(entry.value)];
    case 'f32': {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(entry.value);
      return [uint32(6), bytes];
    }
    case 'bool':
      return [uint32(7), Buffer.from([entry.value ? 1 : 0])];
    case 'text':
      return [uint32(8), renderText(entry.value)];
    case 'texts':
      return [uint32(9), uint32(8), uint64(BigInt(entry.value.length)), ...entry.value.map(renderText)];
    case 'u32s':
      return [uint32(9), uint32(4), uint64(BigInt(entry.value.length)), ...entry.value.map(uint32)];
  }
}

function renderText(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(BigInt(bytes.length)), bytes]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
