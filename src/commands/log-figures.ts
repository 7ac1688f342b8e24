import type { ExchangeEntry } from '../journal/entries.js';
import type { RunRecord } from '../journal/run-record.js';
import { commonLength } from '../models/common-length.js';
import type { ChatMessage, Role, Usage } from '../models/port.js';

/** A sum over requests. What a request lacks is counted, never taken for 0. */
export interface Sum {
  /** Undefined when it is known of none. */
  known: number | undefined;
  /** Requests of which it is not known. */
  unknown: number;
  /** Requests of which it is our estimate. */
  estimated: number;
}

/** What one model was asked in one role. Tokens and ms. */
export interface RoleFigures {
  role: Role;
  model: string;
  /** Answers that the server gave; those from the response cache are apart. */
  requests: number;
  /** Requests that were sent again after a fault that can pass. */
  retries: Sum;
  /** Answers, from wherever, that could not be used. */
  unused: number;
  cached: number;
  /** What the cached answers had taken when they were asked for. */
  savedMs: Sum;
  /** Our estimate of all prompts, from before they were sent. */
  estimatedTokens: number;
  /** The server's count of all prompts. */
  promptTokens: Sum;
  /** Of these: what it had read before, and what it read anew. */
  reusedTokens: Sum;
  readTokens: Sum;
  answerTokens: Sum;
  /** Times the model was read into memory, and what all requests waited for it. */
  loads: Sum;
  loadingMs: Sum;
  /** What is neither loading nor reading nor writing: the network, the server's queue. */
  waitingMs: Sum;
  readingMs: Sum;
  writingMs: Sum;
}

export interface RunFigures {
  roles: RoleFigures[];
  /** Checks of the base and the branch, with their work trees and set-up. */
  checkingMs: Sum;
}

/**
 * A server that has the model in memory tells a few ms of loading, too: some 20 to 200. To read the smallest model from
 * a warm disk takes a second.
 */
export const LOAD_MS = 500;

/**
 * Adds up what a run has cost.
 * @param readPrompt the messages of a kept request; undefined when they are lost
 */
export async function sumFigures(
  record: RunRecord,
  readPrompt: (exchange: number) => Promise<readonly ChatMessage[] | undefined>,
): Promise<RunFigures> {
  const reused = await findReused(record.exchanges, readPrompt);
  const groups = new Map<string, ExchangeEntry[]>();
  for (const entry of record.exchanges) {
    const key = `${entry.role} ${entry.model}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return {
    roles: [...groups.values()].flatMap((entries) => sumRole(entries, record, reused)),
    checkingMs: sumOf(record.checkTimes),
  };
}

function sumRole(
  entries: readonly ExchangeEntry[],
  { rejected }: RunRecord,
  reused: ReadonlyMap<number, Reused>,
): RoleFigures[] {
  const [first] = entries;
  if (first === undefined) return [];
  const sent = entries.filter(({ cached }) => cached === undefined);
  const sum = (figure: (usage: Usage) => number | undefined): Sum =>
    sumOf(sent.map(({ usage }) => figure(usage)));
  const refused = new Set(rejected.map(({ exchange }) => exchange));
  const reuse = sent.map(({ number }) => reused.get(number));
  return [
    {
      role: first.role,
      model: first.model,
      requests: sent.length,
      retries: sumOf(sent.map(({ retries }) => retries)),
      unused: entries.filter(({ number }) => refused.has(number)).length,
      cached: entries.length - sent.length,
      savedMs: sumOf(entries.flatMap(({ cached }) => (cached === undefined ? [] : [cached.totalMs]))),
      estimatedTokens: sent.reduce((total, { estimatedTokens }) => total + estimatedTokens, 0),
      promptTokens: sum(({ promptTokens }) => promptTokens),
      reusedTokens: sumOf(
        reuse.map((one) => one?.reused),
        reuse.filter((one) => one?.isEstimate).length,
      ),
      readTokens: sumOf(
        reuse.map((one) => one?.read),
        reuse.filter((one) => one?.isEstimate).length,
      ),
      answerTokens: sum(({ answerTokens }) => answerTokens),
      loads: sumOf(sent.map(countLoads)),
      loadingMs: sum(({ loadMs }) => loadMs),
      waitingMs: sum(waitedOf),
      readingMs: sum(({ promptMs }) => promptMs),
      writingMs: sum(({ answerMs }) => answerMs),
    },
  ];
}

/** Both together. What is known of none of either stays unknown. */
export function addSums(one: Sum, other: Sum): Sum {
  const isKnown = one.known !== undefined || other.known !== undefined;
  return {
    known: isKnown ? (one.known ?? 0) + (other.known ?? 0) : undefined,
    unknown: one.unknown + other.unknown,
    estimated: one.estimated + other.estimated,
  };
}

function sumOf(figures: readonly (number | undefined)[], estimated = 0): Sum {
  const known = figures.filter((figure) => figure !== undefined);
  const total = known.reduce((sum, figure) => sum + figure, 0);
  // Of no request at all the sum is 0, and that is known.
  const isKnown = known.length > 0 || figures.length === 0;
  return { known: isKnown ? total : undefined, unknown: figures.length - known.length, estimated };
}

function countLoads({ usage: { loadMs }, loadedAheadMs = 0 }: ExchangeEntry): number | undefined {
  const ahead = Number(loadedAheadMs > LOAD_MS);
  if (loadMs === undefined) return ahead === 0 ? undefined : ahead;
  return Number(loadMs > LOAD_MS) + ahead;
}

function waitedOf({ totalMs, loadMs, promptMs, answerMs }: Usage): number | undefined {
  if (loadMs === undefined || promptMs === undefined || answerMs === undefined) return undefined;
  return Math.max(0, totalMs - loadMs - promptMs - answerMs);
}

interface Reused {
  reused: number;
  read: number;
  isEstimate: boolean;
}

/**
 * How much of each prompt the server had read before: as it says itself, else what the prompt has in common with the one
 * before of the same model, which is all that a server keeps for sure to have; nothing of it when the model was read into
 * memory in between. Nothing can be said of a first request to a model that was in memory already.
 */
async function findReused(
  exchanges: readonly ExchangeEntry[],
  readPrompt: (exchange: number) => Promise<readonly ChatMessage[] | undefined>,
): Promise<Map<number, Reused>> {
  const found = new Map<number, Reused>();
  const before = new Map<string, string | undefined>();
  for (const exchange of exchanges) {
    const { number, model, usage, cached } = exchange;
    // Never seen by the server.
    if (cached !== undefined) continue;
    const last = before.get(model);
    const prompt = renderPrompt(await readPrompt(number));
    before.set(model, prompt);
    const { promptTokens, reusedTokens } = usage;
    if (promptTokens === undefined) continue;
    if (reusedTokens !== undefined) {
      found.set(number, split(promptTokens, reusedTokens, false));
    } else if ((countLoads(exchange) ?? 0) > 0) {
      found.set(number, split(promptTokens, 0, true));
    } else if (last !== undefined && prompt !== undefined) {
      found.set(
        number,
        split(promptTokens, (promptTokens * commonLength(last, prompt)) / prompt.length, true),
      );
    }
  }
  return found;
}

function split(tokens: number, part: number, isEstimate: boolean): Reused {
  const reused = Math.min(tokens, Math.round(part));
  return { reused, read: tokens - reused, isEstimate };
}

/** As one text that begins like that of another prompt as far as the two begin with the same messages. */
function renderPrompt(messages: readonly ChatMessage[] | undefined): string | undefined {
  return messages?.map(({ role, content }) => `${role}\n${content}\n`).join('');
}
