import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/*
 * Runs before each test file. The scripted servers answer the same requests in many tests: with one cache for all, and
 * be it the user's own, a test would get the answers of another.
 */

let number = 0;

function useNewFolder(): void {
  number += 1;
  process.env['NEXUS_CACHE_HOME'] = join(tmpdir(), `nexus-cache-${process.pid}-${Date.now()}-${number}`);
}

useNewFolder();
beforeEach(useNewFolder);
afterEach(() => rmSync(process.env['NEXUS_CACHE_HOME'] ?? '', { recursive: true, force: true }));
