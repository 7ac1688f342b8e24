import type { ResponseCache } from '../../models/cache/response-cache.js';
import type { EventSink } from '../events.js';
import type { Crew } from '../models.js';
import type { Worker } from '../worker/open-worker.js';
import type { Workspace } from '../workspace.js';
import type { Wake } from './wake.js';
import type { WatchedCheckout } from './watched-checkout.js';

export interface WatchOptions {
  sink: EventSink;
  /** Stops after the current request. */
  signal: AbortSignal;
  /** Stops at once. */
  abort: AbortSignal;
  /** First pause before a failed request is sent again, in ms; default: that of the backend. */
  retryBaseMs?: number;
  /** See `DoPlanOptions`. */
  cache?: ResponseCache | undefined;
}

/** What the loop knows besides what git and the journals say. */
export interface Watching extends WatchOptions {
  /** Of the user; `signal` is aborted for other reasons, too. */
  stop: AbortSignal;
  worker: Worker;
  checkout: WatchedCheckout;
  wake: Wake;
  /** Tasks that ended here with this hash and are not tried again by themselves: only trouble would come of it. */
  tried: Map<string, string>;
  /** Of the models as they are configured now. */
  crew: { of: Workspace['config']; crew: Crew } | undefined;
  /** Failures of the server in a row. */
  failures: number;
  /** The last `idle` that was told. */
  told: string | undefined;
  /** Since memory was given back. */
  worked: boolean;
  /** What is left of the last `queue` that was told, as text. */
  queued: string | undefined;
}
