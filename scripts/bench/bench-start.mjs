import { fileURLToPath } from 'node:url';
import { comparePairs, run } from './measure.mjs';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** `nexus --version` against a node that does nothing. */
export function benchStart(rounds) {
  return comparePairs(
    rounds,
    () => run(process.execPath, [CLI, '--version']),
    () => run(process.execPath, ['-e', '0']),
  );
}
