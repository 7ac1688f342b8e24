import type { CheckConfig } from '../config/schema.js';

/** How reports call a check: its name, else its command, with the folder when that is not the top. */
export function checkName(check: CheckConfig): string {
  return check.name ?? (check.cwd === '.' ? check.run : `${check.run} (${check.cwd})`);
}
