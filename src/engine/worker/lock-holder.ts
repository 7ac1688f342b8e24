import { hostname } from 'node:os';
import type { Platform } from '../../platform.js';
import { isListed, type PidSpace } from '../../platform/process-identity.js';
import { isSilent } from './heartbeat.js';

/** Who works in a repository, as its lock says it. */
export interface LockHolder {
  pid: number;
  host: string;
  /** Tells the process from a later one with the same id; undefined where the system does not say. */
  startedAt: string | undefined;
  /** Where `pid` means something; undefined where the system does not say. */
  space: PidSpace | undefined;
  /** Tells two locks of one process apart. */
  key: string;
}

export async function describeSelf(platform: Platform, key: string): Promise<LockHolder> {
  const [startedAt, space] = await Promise.all([platform.processStart(process.pid), platform.pidSpace()]);
  return { pid: process.pid, host: hostname(), startedAt, space, key };
}

/** Undefined for a text that is cut, empty or no lock of ours. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { pid, host, startedAt, space, key } = value;
  // 0 and negative ids mean process groups, which are always there.
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof host !== 'string' || typeof key !== 'string') return undefined;
  return { pid, host, startedAt: stringOf(startedAt), space: parseSpace(space), key };
}

function parseSpace(value: unknown): PidSpace | undefined {
  if (!isRecord(value)) return undefined;
  const { machine, boot, namespace } = value;
  if (typeof boot !== 'string' || typeof namespace !== 'string') return undefined;
  return { machine: stringOf(machine), boot, namespace };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Whether the holder of the lock in `file` still runs. */
export async function isLive(holder: LockHolder, file: string, platform: Platform): Promise<boolean> {
  const proof = chooseProof(holder, { host: hostname(), space: await platform.pidSpace() });
  if (proof === 'rebooted') return false;
  if (proof === 'heartbeat') return !(await isSilent(file));
  if (!isListed(holder.pid)) return false;
  const startedAt = await platform.processStart(holder.pid);
  if (startedAt !== undefined && holder.startedAt !== undefined) return startedAt === holder.startedAt;
  return !(await isSilent(file));
}

/**
 * How to find out whether a holder runs: by its process id, where we see the same processes; by its heartbeat, when it
 * is on another computer or in another container; not at all when the computer has been started anew since.
 */
function chooseProof(
  holder: Pick<LockHolder, 'host' | 'space'>,
  self: Pick<LockHolder, 'host' | 'space'>,
): 'process' | 'heartbeat' | 'rebooted' {
  const sameHost = holder.host === self.host;
  if (holder.space === undefined || self.space === undefined) return sameHost ? 'process' : 'heartbeat';
  if (holder.space.boot === self.space.boot) {
    // The name does not matter: a laptop gets another with each network.
    return holder.space.namespace === self.space.namespace ? 'process' : 'heartbeat';
  }
  // A name alone would not do: many machines have the same.
  const sameMachine = holder.space.machine !== undefined && holder.space.machine === self.space.machine;
  return sameHost && sameMachine ? 'rebooted' : 'heartbeat';
}
