import { EXIT, NexusError } from '../errors.js';
import { ADVICE } from './advice.js';
import { KEY_VARIABLES } from './api-key.js';
import type { BackendKind, ModelFault } from './port.js';

/** Where a fault happened, for its message and remedy. */
export interface FaultPlace {
  kind: BackendKind;
  /** `Ollama at http://127.0.0.1:11434`. */
  server: string;
  /** The model that was asked for; undefined for questions about the server itself. */
  model?: string | undefined;
  /** The key that requests carry: a server may repeat it in its errors, and it must not be shown. */
  secret?: string | undefined;
}

/** A request to a model that failed. `fault` says why; each fault has its own way on. */
export class ModelError extends NexusError {
  readonly fault: ModelFault;
  /** Whether the very same request can succeed a little later. */
  readonly canRetry: boolean;
  /** What the server asked to wait (`Retry-After`), in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(input: {
    fault: ModelFault;
    message: string;
    remedy?: string;
    canRetry?: boolean;
    retryAfterMs?: number | undefined;
    cause?: unknown;
  }) {
    super({
      code: input.fault.startsWith('model-') ? input.fault : `model-${input.fault}`,
      message: input.message,
      ...(input.remedy === undefined ? {} : { remedy: input.remedy }),
      exitCode: EXIT.model,
      ...(input.cause === undefined ? {} : { cause: input.cause }),
    });
    this.name = 'ModelError';
    this.fault = input.fault;
    this.canRetry = input.canRetry ?? CAN_PASS.has(input.fault);
    this.retryAfterMs = input.retryAfterMs;
  }
}

/** Faults that can pass by themselves. A time limit is none of them: asking again would cost the same minutes. */
const CAN_PASS: ReadonlySet<ModelFault> = new Set<ModelFault>([
  'not-running',
  'busy',
  'connection-lost',
  'stream-cut',
  'mid-stream-error',
]);

/**
 * The error for one fault, with the message and remedy that belong to it.
 * `detail` is what the server, the system or the limit said, already made safe to print.
 */
export function createFault(
  place: FaultPlace,
  fault: ModelFault,
  detail: string,
  more: { canRetry?: boolean; retryAfterMs?: number | undefined; cause?: unknown; remedy?: string } = {},
): ModelError {
  const { secret } = place;
  const shown = secret === undefined ? detail : detail.replaceAll(secret, '…');
  const { message, remedy } = explainFault(place, fault, shown);
  return new ModelError({ fault, message, remedy, ...more });
}

interface Explanation {
  message: string;
  remedy: string;
}

function explainFault(place: FaultPlace, fault: ModelFault, detail: string): Explanation {
  const { server } = place;
  const advice = ADVICE[place.kind];
  const model = place.model ?? 'the model';
  const because = detail === '' ? '' : `: ${detail}`;
  switch (fault) {
    case 'not-running':
      return {
        message: `${server} does not answer${because}.`,
        remedy: advice.start,
      };
    case 'wrong-backend':
      return { message: `${server} is another kind of server${because}.`, remedy: advice.address };
    case 'unauthorised':
      return {
        message: `${server} refused the request for want of a key${because}.`,
        remedy: `Put its key into the environment variable ${nameVariable(place.kind)}.`,
      };
    case 'model-missing':
      return {
        message: `${server} does not have the model ${model}${because}.`,
        remedy: advice.get(model),
      };
    case 'window-too-small':
      return {
        message: `${model} is loaded with too small a context${because}.`,
        remedy: 'Lower `context:` of the role in .nexus.yml.',
      };
    case 'busy':
      return {
        message: `${server} is busy${because}.`,
        remedy: 'Wait until other programs have finished with it, then run again.',
      };
    case 'context-exceeded':
      return {
        message: `The prompt is longer than the context window of ${model}${because}.`,
        remedy: 'Raise `context:` of the role in .nexus.yml, or name fewer files in the task.',
      };
    case 'prompt-cut':
      return {
        message: `${server} cut the prompt for ${model}${because}.`,
        remedy: advice.cut,
      };
    case 'refused-model':
      return {
        message: `${model} does not run on your own machine${because}.`,
        remedy: 'Name a local model in .nexus.yml; `nexus models list` shows those that are there.',
      };
    case 'bad-answer':
      return {
        message: `${server} answered with something that is not its protocol${because}.`,
        remedy: advice.address,
      };
    case 'bad-request':
      return {
        message: `${server} refused the request for ${model}${because}.`,
        remedy: 'Look at the model with `nexus doctor`; another model may be needed.',
      };
    case 'runaway':
      return {
        message: `${model} repeated itself without end${because}.`,
        remedy: 'Run again, or use a larger model.',
      };
    case 'mid-stream-error':
    case 'stream-cut':
    case 'connection-lost':
    case 'server-error':
      return explainBreak(server, model, fault, because);
    case 'connect-timeout':
    case 'first-token-timeout':
    case 'silence':
    case 'request-timeout':
      return explainTimeout(server, model, fault, because);
  }
}

function nameVariable(kind: BackendKind): string {
  const named = 'that `api_key_env:` of the role names';
  const usual = KEY_VARIABLES[kind];
  return usual === undefined ? named : `${usual}, or the one ${named}`;
}

function explainBreak(
  server: string,
  model: string,
  fault: 'mid-stream-error' | 'stream-cut' | 'connection-lost' | 'server-error',
  because: string,
): Explanation {
  const what = {
    'mid-stream-error': `${server} failed in the middle of the answer of ${model}`,
    'stream-cut': `${server} ended the answer of ${model} before it was complete`,
    'connection-lost': `The connection to ${server} broke`,
    'server-error': `${server} failed`,
  }[fault];
  return {
    message: `${what}${because}.`,
    remedy: 'Run again; if it happens again, the log of the server says why (`nexus doctor` checks it).',
  };
}

function explainTimeout(
  server: string,
  model: string,
  fault: 'connect-timeout' | 'first-token-timeout' | 'silence' | 'request-timeout',
  because: string,
): Explanation {
  switch (fault) {
    case 'connect-timeout':
      return {
        message: `No connection to ${server}${because}.`,
        remedy: 'Check the address and that the server runs, with `nexus doctor`.',
      };
    case 'first-token-timeout':
      return {
        message: `${model} did not begin to answer${because}.`,
        remedy: 'Raise `limits.first_token` in .nexus.yml, or use a smaller model.',
      };
    case 'silence':
      return {
        message: `${model} fell silent in the middle of its answer${because}.`,
        remedy: 'Run again, or raise `limits.silence` in .nexus.yml.',
      };
    case 'request-timeout':
      return {
        message: `${model} did not finish its answer${because}.`,
        remedy: 'Raise `limits.request` in .nexus.yml, or lower `max_answer` of the role.',
      };
  }
}

/**
 * Text of a stranger (a server, a model) for one line of a message: control characters become blanks, so that it
 * cannot drive the terminal, and it is cut at 300 characters. A closing full stop is dropped.
 */
export function quoteForeignText(text: string): string {
  const line = text
    .slice(0, 2000)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const cut = line.length > 300 ? `${line.slice(0, 300)}…` : line;
  return cut.replace(/\.$/, '');
}
