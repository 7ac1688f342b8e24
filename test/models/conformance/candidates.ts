import { createOllamaBackend } from '../../../src/models/ollama/backend.js';
import { createOpenAiBackend } from '../../../src/models/openai/backend.js';
import type { OpenAiKind } from '../../../src/models/openai/preset.js';
import type { Backend, BackendKind } from '../../../src/models/port.js';
import { startEmbedded } from './start-embedded.js';
import { startScriptedOllama, type ScriptedFault } from '../../support/scripted-ollama.js';
import { startScriptedOpenAi, type OpenAiFault } from '../../support/scripted-openai.js';

/** What goes wrong with a request, whatever the protocol. */
export type Mishap =
  | 'model-missing'
  | 'context-exceeded'
  | 'unauthorised'
  | 'busy'
  | 'out-of-memory'
  | 'connection-lost'
  | 'connection-cut'
  | 'mid-stream-error'
  | 'cut-stream'
  | 'bad-json'
  | 'bad-utf8'
  | 'huge-line'
  | 'wrong-content-type'
  | 'endless-white-space'
  | 'silence'
  | 'slow-first-token'
  | 'down';

/** The answer to one request. */
export interface Line {
  text?: string;
  json?: unknown;
  thinking?: string;
  ending?: string;
  withoutUsage?: boolean;
  /** ms before the first byte, and before each further piece. */
  delayMs?: number;
  pieceMs?: number;
  mishap?: Mishap;
}

/** A server of one kind that answers by a script, and a backend that talks to it. */
export interface Stage {
  backend: Backend;
  /** Requests for an answer, as far as they reached the script. */
  asked(): number;
  /** The schema that the request number `index` was under, as the server was told it. */
  schemaOf(index: number): unknown;
  received(index: number): Promise<void>;
  openSockets(): number;
  /** Listens again after `down`. */
  up(): Promise<void>;
  close(): Promise<void>;
}

export interface Candidate {
  kind: BackendKind;
  /** There is no server: nothing of its protocol or its connection can go wrong. */
  isInProcess?: true;
  start(lines: readonly Line[]): Promise<Stage>;
}

export const CANDIDATES: readonly Candidate[] = [
  { kind: 'ollama', start: startOllama },
  ...(['lm-studio', 'lemonade', 'llama-server', 'vllm', 'openai'] as const).map((kind) => ({
    kind,
    start: async (lines: readonly Line[]) => startOpenAi(kind, lines),
  })),
  { kind: 'embedded', isInProcess: true, start: startEmbedded },
];

/** What can go wrong without a server. */
export const MISHAPS_IN_PROCESS: readonly Mishap[] = [
  'context-exceeded',
  'out-of-memory',
  'mid-stream-error',
  'endless-white-space',
  'silence',
  'slow-first-token',
];

const OLLAMA: Readonly<Record<Mishap, ScriptedFault>> = {
  'model-missing': 'model-missing',
  'context-exceeded': 'context-exceeded',
  unauthorised: 'unauthorised',
  busy: 'busy',
  'out-of-memory': 'out-of-memory',
  'connection-lost': 'connection-lost',
  'connection-cut': 'connection-cut',
  'mid-stream-error': 'mid-stream-error',
  'cut-stream': 'no-done',
  'bad-json': 'invalid-line',
  'bad-utf8': 'bad-utf8',
  'huge-line': 'huge-line',
  'wrong-content-type': 'not-json',
  'endless-white-space': 'endless-white-space',
  silence: 'silence',
  'slow-first-token': 'slow-first-token',
  down: 'down',
};

async function startOllama(lines: readonly Line[]): Promise<Stage> {
  const server = await startScriptedOllama({
    replies: (_, index) => {
      const line = lines[index];
      if (line === undefined) return undefined;
      const { mishap, withoutUsage, ...reply } = line;
      return {
        ...reply,
        ...(withoutUsage === true ? { promptTokens: null } : {}),
        ...(mishap === undefined ? {} : { fault: OLLAMA[mishap] }),
      };
    },
  });
  const address = new URL(server.url);
  return {
    ...server,
    backend: createOllamaBackend({ address, keepAlive: '30m', retryBaseMs: 1 }),
    asked: () => server.requests.length,
    schemaOf: (index) => server.requests[index]?.format,
  };
}

const OPENAI: Readonly<Record<Mishap, OpenAiFault>> = {
  'model-missing': 'model-missing',
  'context-exceeded': 'context-exceeded',
  unauthorised: 'unauthorised',
  busy: 'busy',
  'out-of-memory': 'out-of-memory',
  'connection-lost': 'connection-lost',
  'connection-cut': 'connection-cut',
  'mid-stream-error': 'mid-stream-error',
  'cut-stream': 'no-end',
  'bad-json': 'bad-json',
  'bad-utf8': 'bad-utf8',
  'huge-line': 'huge-line',
  'wrong-content-type': 'html',
  'endless-white-space': 'endless-white-space',
  silence: 'silence',
  'slow-first-token': 'slow-first-token',
  down: 'down',
};

async function startOpenAi(kind: OpenAiKind, lines: readonly Line[]): Promise<Stage> {
  const server = await startScriptedOpenAi({
    kind,
    replies: (_, index) => {
      const line = lines[index];
      if (line === undefined) return undefined;
      const { mishap, withoutUsage, ...reply } = line;
      return {
        ...reply,
        ...(withoutUsage === true ? { promptTokens: null } : {}),
        ...(mishap === undefined ? {} : { fault: OPENAI[mishap] }),
      };
    },
  });
  const path = kind === 'openai' ? '/v1' : '';
  const addresses = [new URL(`${server.url}${path}`)];
  return {
    ...server,
    backend: createOpenAiBackend({ kind, addresses, keepAlive: '30m', retryBaseMs: 1 }),
    asked: () => server.requests.length,
    schemaOf: (index) => server.requests[index]?.response_format?.json_schema?.schema,
  };
}
