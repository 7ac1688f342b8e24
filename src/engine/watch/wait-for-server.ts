import type { Config } from '../../config/schema.js';
import { listsAll } from '../../models/names.js';
import { ROLES, usesModel, type Crew } from '../models.js';
import type { Wake } from './wake.js';

/** How often the server is asked whether it is back, in ms: at first, and at most. */
const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;
/** After a failure right behind a success the queue waits longer each time, up to this, in ms. */
const LONGEST_REST_MS = 300_000;

export interface ServerWait {
  /** How often in a row the queue has failed: a server that answers and yet fails is left alone for longer. */
  failures: number;
  signal: AbortSignal;
  wake: Wake;
  /** Whether something else is to be done by now; asked at each ring. */
  isOver: () => Promise<boolean>;
}

/**
 * Resolves when the servers of both roles answer and have a model of each, or when `isOver` says so.
 * @throws the reason of `signal`
 */
export async function waitForServer(config: Config, crew: Crew, wait: ServerWait): Promise<void> {
  const { signal, failures } = wait;
  const rest = failures < 2 ? 0 : Math.min(FIRST_MS * 2 ** failures, LONGEST_REST_MS);
  if (rest > 0 && (await pause(rest, wait))) return;
  for (let ms = FIRST_MS; !(await isThere(config, crew, signal)); ms = Math.min(ms * 1.5, LONGEST_MS)) {
    if (await pause(ms, wait)) return;
  }
}

/** True when it was cut short, since something else is to be done. */
async function pause(ms: number, { wake, signal, isOver }: ServerWait): Promise<boolean> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0; left = until - performance.now()) {
    if ((await wake.wait(left, signal)) === 'rung' && (await isOver())) return true;
  }
  return false;
}

async function isThere(config: Config, { backends }: Crew, signal: AbortSignal): Promise<boolean> {
  try {
    for (const role of ROLES) {
      const { kind } = backends[role];
      const installed = await backends[role].installed(signal);
      const isListed = installed.some(({ name }) => usesModel(config, role, name));
      if (listsAll(kind) && !isListed) return false;
    }
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
