import { createFault, quoteForeignText, type FaultPlace, type ModelError } from '../model-error.js';

/** What an HTTP answer said, as far as its status and error text tell. */
export interface FailedAnswer {
  status: number;
  body: string;
  retryAfter: string | null;
}

const CONTEXT_EXCEEDED =
  /exceeds? the (available )?context|longer than the context|exceed_context_size|context (length|size|window) exceeded/i;
/** Seen when an old server stops a loop by itself: reference §1.4. */
const TOKEN_REPEAT = /token repeat limit/i;
const OUT_OF_MEMORY = /more system memory|out of memory|unable to allocate|failed to allocate|cudaMalloc/i;
/** The process that holds the model died; the next request starts it again. */
const RUNNER_DIED = /runner (process )?(has (unexpectedly )?(stopped|terminated)|no longer running)/i;

/** The fault behind an HTTP status of 300 and above (reference §1.4 and §1.9 list what servers send). */
export function explainStatus(place: FaultPlace, answer: FailedAnswer): ModelError {
  const { status } = answer;
  const text = readErrorText(answer.body);
  const detail = text === '' ? `HTTP ${status}` : text;
  if (status >= 300 && status < 400) {
    return createFault(place, 'bad-answer', `it redirects to another address (HTTP ${status})`);
  }
  const known = explainText(place, text);
  if (known !== undefined) return known;
  if (status === 404) {
    const isModel = /model/i.test(text) && /not found/i.test(text);
    return isModel
      ? createFault(place, 'model-missing', '')
      : createFault(place, 'bad-answer', `HTTP 404, ${detail}`);
  }
  if (status === 408 || status === 429 || status === 503) {
    return createFault(place, 'busy', detail, { retryAfterMs: parseRetryAfter(answer.retryAfter) });
  }
  if (status < 500 || /must be of type/.test(text)) return createFault(place, 'bad-request', detail);
  return createFault(place, 'server-error', detail, {
    canRetry: status === 502 || status === 504 || RUNNER_DIED.test(text),
  });
}

/** The fault behind an `{"error": …}` line in the middle of a stream. */
export function explainStreamError(place: FaultPlace, error: unknown): ModelError {
  const text = quoteForeignText(typeof error === 'string' ? error : (JSON.stringify(error) ?? ''));
  return explainText(place, text) ?? createFault(place, 'mid-stream-error', text);
}

function explainText(place: FaultPlace, text: string): ModelError | undefined {
  if (CONTEXT_EXCEEDED.test(text)) return createFault(place, 'context-exceeded', text);
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

/** The `error` of a JSON body (a string, or an object with a message), else the body itself; one printable line. */
function readErrorText(body: string): string {
  let value: unknown = body;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'error' in parsed) value = parsed.error;
  } catch {
    // Not JSON: a proxy's page, say. It is quoted as it is.
  }
  if (typeof value === 'object' && value !== null && 'message' in value) value = value.message;
  return quoteForeignText(typeof value === 'string' ? value : body);
}

/** `Retry-After` in seconds or as a date, as ms from now; undefined when absent or unreadable. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
