import { isAbsolute } from 'node:path';
import type { WorkerRequest } from './request.js';

/** A request as another process wrote it; undefined for anything else. */
export function parseRequest(text: string): WorkerRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  switch (value.kind) {
    case 'run':
      return parseRun({ ...value });
    case 'cancel':
      return 'task' in value && typeof value.task === 'string'
        ? { kind: 'cancel', task: value.task }
        : undefined;
    case 'wake':
      return { kind: 'wake' };
    default:
      return undefined;
  }
}

function parseRun(value: Record<string, unknown>): WorkerRequest | undefined {
  // An older version knows no cache.
  const { root, tasks, anyway, anew, planOnly, cache = true } = value;
  if (typeof root !== 'string' || !isAbsolute(root)) return undefined;
  if (tasks !== undefined && !isStrings(tasks)) return undefined;
  if (typeof anyway !== 'boolean' || typeof anew !== 'boolean' || typeof planOnly !== 'boolean') {
    return undefined;
  }
  if (typeof cache !== 'boolean') return undefined;
  return { kind: 'run', root, tasks, anyway, anew, planOnly, cache };
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
