import type { Config } from '../config/schema.js';
import { createBackends } from '../engine/models.js';
import { ADVICE } from '../models/advice.js';
import type { Backend, Role } from '../models/port.js';

/** One model server, and the roles whose models it has. */
export interface RoleServer {
  backend: Backend;
  roles: [Role, ...Role[]];
}

/**
 * The servers of both roles; one if both use the same address. Opens no connection.
 * @param folder the repository: model files are named relative to it
 * @throws NexusError `bad-address`, `remote-address`
 */
export function openServers(config: Config, folder: string): [RoleServer, ...RoleServer[]] {
  const { overseer, coder } = createBackends(config, { folder });
  if (overseer === coder) return [{ backend: overseer, roles: ['overseer', 'coder'] }];
  return [
    { backend: overseer, roles: ['overseer'] },
    { backend: coder, roles: ['coder'] },
  ];
}

/** What gets a model onto a server, as a command where one can. */
export function howToGet(backend: Backend, name: string): string {
  return backend.pull === undefined ? ADVICE[backend.kind].get(name) : `nexus models pull ${name}`;
}
