import { createFault, quoteForeignText, type FaultPlace, type ModelError } from './model-error.js';

/** What an HTTP answer said, as far as its status and error text tell. */
export interface FailedAnswer {
  status: number;
  body: string;
  retryAfter: string | null;
}

/** In the words of Ollama, llama.cpp, vLLM and LM Studio (reference §1.5, §3). */
const CONTEXT_EXCEEDED =
  /exceeds? the (available )?context|longer than the context|exceed_context_size|context_length_exceeded|context (length|size|window) exceeded|maximum context length|greater than the context length|reached context length|context the overflows/i;
/** Seen when an old server stops a loop by itself: reference §1.4. */
const TOKEN_REPEAT = /token repeat limit/i;
const OUT_OF_MEMORY =
  /more system memory|out of memory|unable to allocate|failed to allocate|cudaMalloc|insufficient (system )?(memory|resources)/i;
/** The process that holds the model died; the next request starts it again. */
const RUNNER_DIED = /runner (process )?(has (unexpectedly )?(stopped|terminated)|no longer running)/i;
const MODEL_MISSING =
  /model_not_found|no models? (are |is )?loaded|model\b.*\b(not found|not installed|does not exist|is not available|not downloaded)|(unknown|invalid|no such) model\b/i;

/** The fault behind an HTTP status of 300 and above (reference §1.4, §1.9 and §3 list what servers send). */
export function explainStatus(place: FaultPlace, answer: FailedAnswer): ModelError {
  const { status } = answer;
  const { text, tags } = readErrorText(answer.body);
  const detail = text === '' ? `HTTP ${status}` : text;
  if (status >= 300 && status < 400) {
    return createFault(place, 'bad-answer', `it redirects to another address (HTTP ${status})`);
  }
  if (status === 401 || status === 403) return createFault(place, 'unauthorised', detail);
  const known = explainText(place, text, tags);
  if (known !== undefined) return known;
  const isModel = MODEL_MISSING.test(`${text} ${tags}`);
  if (isModel && (status === 404 || status === 400)) return createFault(place, 'model-missing', '');
  if (status === 404) return createFault(place, 'bad-answer', `HTTP 404, ${detail}`);
  if (status === 408 || status === 429 || status === 503) {
    const retryAfterMs = parseRetryAfter(answer.retryAfter);
    const isLoading = /\bloading model\b/i.test(text);
    const remedy = 'It reads its model into memory: try again in a moment.';
    return createFault(place, 'busy', detail, { retryAfterMs, ...(isLoading ? { remedy } : {}) });
  }
  if (status < 500 || /must be of type/.test(text)) return createFault(place, 'bad-request', detail);
  return createFault(place, 'server-error', detail, {
    canRetry: status === 502 || status === 504 || RUNNER_DIED.test(text),
  });
}

/** The fault behind an `error` in the middle of a stream: a text, or an object with a message. */
export function explainStreamError(place: FaultPlace, error: unknown): ModelError {
  const { text, tags } = describeError(error);
  const detail = text === '' ? quoteForeignText(JSON.stringify(error) ?? '') : text;
  return explainText(place, detail, tags) ?? createFault(place, 'mid-stream-error', detail);
}

function explainText(place: FaultPlace, text: string, tags: string): ModelError | undefined {
  if (CONTEXT_EXCEEDED.test(`${text} ${tags}`)) return createFault(place, 'context-exceeded', text);
  if (TOKEN_REPEAT.test(text)) return createFault(place, 'runaway', text);
  if (/pull model manifest: (file does not exist|404)|manifest unknown/i.test(text)) {
    return createFault(place, 'model-missing', text, {
      remedy: 'Check the name: the library of Ollama does not have this model.',
    });
  }
  if (!OUT_OF_MEMORY.test(text)) return undefined;
  return createFault(place, 'server-error', text, {
    canRetry: false,
    remedy: 'Use a smaller model, or lower `context:` of the role in .nexus.yml.',
  });
}

interface ErrorText {
  /** One printable line. */
  text: string;
  /** `type` and `code` of the error, which name it for programs. */
  tags: string;
}

/** What a JSON body says of its error in any of the usual shapes (reference §3.5), else the body itself. */
function readErrorText(body: string): ErrorText {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // Not JSON: a proxy's page, say. It is quoted as it is.
    return { text: quoteForeignText(body), tags: '' };
  }
  const shape = isRecord(value) ? (value['error'] ?? value['detail'] ?? value) : value;
  const said = describeError(shape);
  return said.text === '' ? { text: quoteForeignText(body), tags: said.tags } : said;
}

/** `text` is empty when there are no words in it. */
function describeError(error: unknown): ErrorText {
  const first: unknown = Array.isArray(error) ? error[0] : error;
  if (typeof first === 'string') return { text: quoteForeignText(first), tags: '' };
  if (!isRecord(first)) return { text: '', tags: '' };
  const words = first['message'] ?? first['msg'];
  const tags = [first['type'], first['code']].filter((tag) => typeof tag === 'string').join(' ');
  return { text: typeof words === 'string' ? quoteForeignText(words) : '', tags };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Retry-After` in seconds or as a date, as ms from now; undefined when absent or unreadable. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
