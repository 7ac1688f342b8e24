import type { Backend, Role } from '../models/port.js';
import type { RoleModels } from './role-models.js';

/** Reads the model that is asked next into memory while something else goes on, such as checks. */
export interface LoadAhead {
  /**
   * Begins, and returns at once. Only for the role that every next request can only be of: one of the other would throw
   * the model out again. Nothing happens where the server cannot be told to load, or was asked for this model last.
   */
  begin(role: Role, signal: AbortSignal): void;
  /**
   * Before a request: waits for what was begun, since a server may load a model twice for two who ask. How long the role's
   * model was loaded, in ms; undefined when it was not. A load that failed says nothing: the request will.
   */
  finish(role: Role): Promise<number | undefined>;
}

/** @param limitMs for one load, in ms: that of the first token, since a request waits for it */
export function createLoadAhead(
  { backends, models }: { backends: Record<Role, Backend>; models: Record<Role, RoleModels> },
  limitMs: number,
): LoadAhead {
  /** What each server was asked for last. */
  const asked = new Map<Backend, string>();
  let begun: { role: Role; loading: Promise<number | undefined> } | undefined;
  return {
    begin(role, signal) {
      const backend = backends[role];
      const { name, contextTokens } = models[role].current;
      if (begun !== undefined || backend.load === undefined || asked.get(backend) === name) return;
      const startedAt = performance.now();
      const ended = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      const loading = backend.load(name, contextTokens, ended).then(
        () => Math.round(performance.now() - startedAt),
        () => undefined,
      );
      begun = { role, loading };
    },
    async finish(role) {
      const last = begun;
      begun = undefined;
      const loadedMs = await last?.loading;
      asked.set(backends[role], models[role].current.name);
      return last?.role === role ? loadedMs : undefined;
    },
  };
}
