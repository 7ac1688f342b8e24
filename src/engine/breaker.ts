import { ModelError } from '../models/model-error.js';
import type { Backend, Model, ModelFault } from '../models/port.js';

/**
 * Leaves alone what fails: a server that is not there or refuses everything at once, a model after it has failed twice
 * without an answer in between. Whoever asks it then is told the same error again, and nothing is sent: so a dead server
 * costs its limits once and not once per task.
 */
export interface Breaker {
  /** The model, whose requests pass the breaker from now on. */
  guard(model: Model, backend: Backend): Model;
  /** Whether what this error came from is left alone now. */
  isOpen(error: unknown): boolean;
  /** Whether the last request was answered. */
  readonly isCalm: boolean;
  /** Everything may be asked again; what fails then once more is left alone at once. */
  close(): void;
}

/** What one server or one model has come to. */
interface Circuit {
  failures: number;
  open: ModelError | undefined;
}

export function createBreaker(): Breaker {
  const circuits = new Map<Backend | Model, Circuit>();
  let isCalm = true;
  const circuitOf = (of: Backend | Model): Circuit => {
    const circuit = circuits.get(of) ?? { failures: 0, open: undefined };
    circuits.set(of, circuit);
    return circuit;
  };
  return {
    guard(model, backend) {
      const both: Both = { server: circuitOf(backend), model: circuitOf(model) };
      const fail = (error: unknown): never => {
        // An abort says nothing of the server.
        if (error instanceof ModelError) {
          isCalm = false;
          count(error, both);
        }
        throw error;
      };
      const countTokens = model.countTokens?.bind(model);
      return {
        ...model,
        async *chat(request, signal) {
          const open = both.server.open ?? both.model.open;
          if (open !== undefined) throw open;
          try {
            for await (const event of model.chat(request, signal)) {
              // Here, since nobody need ask for more behind the last event.
              if (event.type === 'done') {
                both.server.failures = both.model.failures = 0;
                isCalm = true;
              }
              yield event;
            }
          } catch (error) {
            fail(error);
          }
        },
        ...(countTokens && {
          countTokens: async (messages, signal) => countTokens(messages, signal).catch(fail),
        }),
      };
    },
    isOpen: (error) => [...circuits.values()].some(({ open }) => open !== undefined && open === error),
    get isCalm() {
      return isCalm;
    },
    close() {
      for (const circuit of circuits.values()) circuit.open = undefined;
    },
  };
}

interface Both {
  server: Circuit;
  model: Circuit;
}

function count(error: ModelError, { server, model }: Both): void {
  const circuit = OF_THE_SERVER.has(error.fault) ? server : model;
  const most = circuit === server ? 1 : MOST_FAILURES.get(error.fault);
  if (most === undefined) return;
  circuit.failures += 1;
  if (circuit.failures >= most) circuit.open = error;
}

/** Other models of that server fare no better. They have been tried again before. */
const OF_THE_SERVER: ReadonlySet<ModelFault> = new Set([
  'not-running',
  'wrong-backend',
  'unauthorised',
  'connect-timeout',
  'connection-lost',
  'busy',
]);

/** How often in a row a model may fail so. Faults that have to do with what it was asked are not here. */
const MOST_FAILURES: ReadonlyMap<ModelFault, number> = new Map([
  ['model-missing', 1],
  ['window-too-small', 1],
  ['refused-model', 1],
  ['first-token-timeout', 1],
  ['server-error', 2],
  ['mid-stream-error', 2],
  ['stream-cut', 2],
  ['silence', 2],
  ['request-timeout', 2],
  ['bad-answer', 2],
]);
