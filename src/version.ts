import { PACKAGE_ROOT } from './package-root.js';
import { readFileSync } from 'node:fs';

/** Version of the installed package. */
export const NEXUS_VERSION = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8'));
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
