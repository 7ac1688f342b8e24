import type { Damage } from './damage.js';
import { ENDING_DAMAGES } from './ending.js';
import { LINE_DAMAGES } from './lines.js';
import { NAME_DAMAGES } from './names.js';
import { REPEATED_CONTEXT } from './repeated-context.js';
import { SIGN_DAMAGES } from './signs.js';
import { WRAPPING_DAMAGES } from './wrapping.js';

export const DAMAGES: readonly Damage[] = [
  REPEATED_CONTEXT,
  ...LINE_DAMAGES,
  ...SIGN_DAMAGES,
  ...NAME_DAMAGES,
  ...WRAPPING_DAMAGES,
  ...ENDING_DAMAGES,
];

/** Whether two damages can occur in one reply: they share a format and no part of it. */
export function canPair(one: Damage, other: Damage): boolean {
  return (
    one.formats.some((format) => other.formats.includes(format)) &&
    !one.parts.some((part) => other.parts.includes(part)) &&
    !(one.repeatsContext === true && other.needsWideContext === true) &&
    !(other.repeatsContext === true && one.needsWideContext === true)
  );
}
