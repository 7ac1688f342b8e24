import type { Config } from '../config/schema.js';
import { resolveOllamaAddress } from '../models/ollama-address.js';
import { createOllamaBackend } from '../models/ollama.js';
import type { Backend, Role } from '../models/port.js';

/** One model server, and the roles whose models it has. */
export interface RoleServer {
  backend: Backend;
  roles: Role[];
}

export const ROLES = ['overseer', 'coder'] as const satisfies readonly Role[];

/**
 * The servers of both roles; one if both use the same address. Opens no connection.
 * @throws NexusError `bad-address`, `remote-address`
 */
export function openServers(config: Config): RoleServer[] {
  const servers = new Map<string, RoleServer>();
  for (const role of ROLES) {
    const address = resolveOllamaAddress(config[role].url, process.env, {
      allowRemote: config.allow_remote,
    });
    const known = servers.get(address.href);
    if (known === undefined) {
      const backend = createOllamaBackend({ address, keepAlive: config.models.keep_alive });
      servers.set(address.href, { backend, roles: [role] });
    } else {
      known.roles.push(role);
    }
  }
  return [...servers.values()];
}
