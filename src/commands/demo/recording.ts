import { PACKAGE_ROOT } from '../../package-root.js';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Where the recorded demo is: `npm run record-demo` writes it. */
const RECORDING = fileURLToPath(new URL('templates/demo/recording.json', PACKAGE_ROOT));

const exchange = z.object({
  /** Of the request, see `keyOfRequest`. */
  key: z.string(),
  /** What it was for, for people. */
  about: z.string(),
  model: z.string(),
  /** Verbatim, as far as it was read. */
  reply: z.string(),
  /** The server's last line; absent when Nexus ended the request. */
  final: z.record(z.string(), z.unknown()).nullable(),
});

const recording = z.object({
  /** Day of the recording, `2026-11-22`. */
  date: z.string(),
  server: z.string(),
  models: z.object({ overseer: z.string(), coder: z.string() }),
  contexts: z.object({ overseer: z.number(), coder: z.number() }),
  exchanges: z.array(exchange),
});

/** Real replies of a real model, with where they are from. */
export type Recording = z.infer<typeof recording>;
export type RecordedExchange = z.infer<typeof exchange>;

/** @throws when the file is missing or damaged: it is part of the package. */
export async function loadRecording(): Promise<Recording> {
  return recording.parse(JSON.parse(await readFile(RECORDING, 'utf8')));
}

const request = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  format: z.unknown().optional(),
  options: z.record(z.string(), z.unknown()).optional(),
});

/** SHA-256 over what decides the answer to a `/api/chat` request; undefined when it is not one. */
export function keyOfRequest(body: unknown): string | undefined {
  const parsed = request.safeParse(body);
  if (!parsed.success) return undefined;
  const { model, messages, format, options } = parsed.data;
  const plain = messages.map(({ role, content }) => [role, content]);
  const text = JSON.stringify([
    model,
    plain,
    format ?? null,
    Object.entries(options ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return createHash('sha256').update(text).digest('hex');
}
