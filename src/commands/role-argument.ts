import { EXIT, NexusError } from '../errors.js';
import type { Role } from '../models/port.js';

/** Roles that a person named; undefined: that is no role. */
export function readRoles(written: string): Role[] | undefined {
  if (written === 'both') return ['overseer', 'coder'];
  return written === 'overseer' || written === 'coder' ? [written] : undefined;
}

/** @param usage how the command is written. @throws NexusError `usage` */
export function requireRoles(written: string, usage: string): Role[] {
  const roles = readRoles(written);
  if (roles !== undefined) return roles;
  throw new NexusError({
    code: 'usage',
    message: `There is no role ${JSON.stringify(written)}.`,
    remedy: usage,
    exitCode: EXIT.usage,
  });
}
