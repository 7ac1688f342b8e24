import type { Config } from '../../config/schema.js';
import { addressesOf, isOneModel } from '../../engine/models.js';
import { isLoopbackHost } from '../../models/address.js';
import { isSameModel } from '../../models/names.js';
import type { BackendKind, InstalledModel, Role } from '../../models/port.js';
import { toCandidate } from '../../models/recommend/installed-candidates.js';
import { sumMemory } from '../../models/recommend/memory.js';
import { findCapacity } from '../../models/recommend/room.js';
import { readMachineMemory } from '../../platform/machine-memory.js';
import { renderBytes } from '../../report/quantities.js';
import type { Finding } from './finding.js';

/** What a server said that it has. */
export interface AskedServer {
  roles: readonly Role[];
  kind: BackendKind;
  installed: readonly InstalledModel[];
}

/** A model of the configuration with what it takes, in bytes. */
interface NeededModel {
  name: string;
  context: number;
  bytes: number;
}

/**
 * Whether the configured models with their contexts fit the memory of this machine side by side. Nothing is said where a
 * server is on another machine, or does not tell how large its models are.
 */
export async function diagnoseMemory(config: Config, asked: readonly AskedServer[]): Promise<Finding[]> {
  const roles = asked.flatMap((server) => server.roles.map((role) => ({ role, server })));
  if (roles.length < 2 || !roles.every(({ role }) => isHere(config, role))) return [];
  const models = new Map<string, NeededModel>();
  for (const { role, server } of roles) {
    const { model: name, context } = effectiveRole(config, role);
    const found = server.installed.find((each) => isSameModel(server.kind, each.name, name));
    const candidate = found === undefined ? undefined : toCandidate(found);
    if (candidate === undefined) return [];
    const key = isOneModel(config) ? name : `${role} ${name}`;
    models.set(key, { name, context, bytes: sumMemory(candidate, context).totalBytes });
  }
  return [judge([...models.values()], findCapacity(await readMachineMemory()))];
}

function judge(models: readonly NeededModel[], capacity: number): Finding {
  const check = 'memory';
  const total = models.reduce((sum, { bytes }) => sum + bytes, 0);
  const tooLarge = models.find(({ bytes }) => bytes > capacity);
  const here = `this machine has about ${renderBytes(capacity)} for models`;
  if (tooLarge !== undefined) {
    const { name, context, bytes } = tooLarge;
    return {
      check,
      level: 'warn',
      message: `${name} with a context of ${context} tokens takes about ${renderBytes(bytes)}; ${here}.`,
      remedy: 'nexus models recommend',
    };
  }
  const names = models.map(({ name }) => name).join(' and ');
  const both = models.length > 1 ? ' together' : '';
  const context = models.length > 1 ? 'their contexts' : 'its context';
  const what = `${names} with ${context} take${both === '' ? 's' : ''} about ${renderBytes(total)}${both}`;
  if (total <= capacity) return { check, level: 'ok', message: `${what}; ${here}.` };
  return {
    check,
    level: 'warn',
    message: `${what}; ${here}. They have to be loaded in turns.`,
    remedy: 'nexus models recommend, or one model for both roles: nexus models use both MODEL',
  };
}

/** One model in both roles is loaded with the larger of the two contexts. */
export function effectiveRole(config: Config, role: Role): { model: string; context: number } {
  const { model, context } = config[role];
  const both = Math.max(config.overseer.context, config.coder.context);
  return { model, context: isOneModel(config) ? both : context };
}

function isHere(config: Config, role: Role): boolean {
  return addressesOf(config, role).every(({ hostname }) => isLoopbackHost(hostname));
}
