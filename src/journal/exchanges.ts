import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, messageOf, NexusError } from '../errors.js';
import type { ChatMessage, JsonSchema } from '../models/port.js';
import type { ExchangeEntry } from './entries.js';

/** A kept request and its reply, verbatim. */
export interface KeptExchange {
  messages: readonly ChatMessage[];
  schema: JsonSchema | undefined;
  options: Readonly<Record<string, unknown>>;
  reply: string;
  /** As it follows in the journal; a kill may come in between. */
  entry?: ExchangeEntry;
}

/** Where the exchange number `number` of a run is kept. */
export function exchangeFile(folder: string, number: number): string {
  return join(folder, 'exchanges', `${String(number).padStart(3, '0')}.json`);
}

/** @throws NexusError `exchange-unreadable` */
export async function readExchange(folder: string, number: number): Promise<KeptExchange> {
  try {
    const kept: unknown = JSON.parse(await readFile(exchangeFile(folder, number), 'utf8'));
    if (isKeptExchange(kept)) return kept;
    throw new TypeError('it has no messages or no reply');
  } catch (cause) {
    throw new NexusError({
      code: 'exchange-unreadable',
      message: `Request ${number} of this run can't be read (${exchangeFile(folder, number)}): ${messageOf(cause)}`,
      remedy: 'It is asked again where a run needs it.',
      exitCode: EXIT.repository,
      cause,
    });
  }
}

function isKeptExchange(value: unknown): value is KeptExchange {
  return typeof value === 'object' && value !== null && 'messages' in value && 'reply' in value;
}
