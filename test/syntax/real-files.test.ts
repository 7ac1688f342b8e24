import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import type { Declaration } from '../../src/syntax/types.js';
import { allDeclarations, parserOf } from './outline-text.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** About `count` files below `folder` whose names end so, spread evenly, none of them large. */
function sample(folder: string, ending: RegExp, count: number): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const files = names
    .filter((name) => ending.test(name) && !/(?:^|[\\/])(?:\.|test)/u.test(name))
    .toSorted()
    .map((name) => join(folder, name))
    .filter((path) => statSync(join(ROOT, path)).size < 50_000);
  const step = Math.max(1, Math.floor(files.length / count));
  return files.filter((_, index) => index % step === 0);
}

/** What a declaration is, wherever it stands. */
function identityOf({ name, signature, arity, visibility, hasBody }: Declaration): string {
  return JSON.stringify([name, signature, arity, visibility, hasBody]);
}

describe('declarations of real files', () => {
  test.each([
    ['node_modules', /\.[cm]?js$/u, 30],
    ['node_modules', /\.d\.[cm]?ts$/u, 30],
    ['src', /\.ts$/u, 30],
  ])('in %s (%s) are the same when their lines are read alone', async (folder, ending, count) => {
    const files = sample(folder, ending, count);
    expect(files.length).toBeGreaterThan(count / 2);
    let declarations = 0;
    const different: string[] = [];
    for (const path of files) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const parser = await parserOf(path);
      const parsed = parser.parse(text);
      // The grammars do not know all of their languages.
      if (parsed === undefined || parsed.faults.length > 0) continue;
      const lines = text.split('\n');
      for (const each of allDeclarations(parsed)) {
        if (!each.hasOwnLines) continue;
        declarations += 1;
        const alone = parser.parsePiece(lines.slice(each.lines.from, each.lines.to + 1).join('\n'));
        const [only] = alone?.declarations ?? [];
        // `count = 1;` alone may be a statement as well.
        const isField = each.place === 'member' && each.kind === 'value';
        const isSame = only === undefined ? isField : identityOf(only) === identityOf(each);
        if (!isSame || alone?.faults.length !== 0)
          different.push(`${path}:${each.lines.from + 1} ${each.name}`);
      }
    }
    expect(declarations).toBeGreaterThan(files.length);
    expect(different).toEqual([]);
  });
});
