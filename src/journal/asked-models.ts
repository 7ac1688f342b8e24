import { withoutFolders } from '../models/names.js';
import type { Role } from '../models/port.js';
import type { RunRecord } from './run-record.js';

type Asked = Pick<RunRecord, 'exchanges' | 'started'>;

/** The model that gave the last answer of a role, for the commit that is made of it. */
export function lastModel({ exchanges, started }: Asked, role: Role): string {
  const last = exchanges.findLast((exchange) => exchange.role === role);
  return last === undefined ? started.models[role] : withoutFolders(last.model);
}

/** The model of each role; of one whose place others took, all that answered, in order. */
export function nameModels({ exchanges, started }: Asked): Record<Role, string> {
  const nameRole = (role: Role): string => {
    const asked = exchanges.filter((exchange) => exchange.role === role);
    const names = new Set(asked.map(({ model }) => withoutFolders(model)));
    return names.size === 0 ? started.models[role] : [...names].join(', then ');
  };
  return { overseer: nameRole('overseer'), coder: nameRole('coder') };
}
