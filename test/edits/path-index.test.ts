import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexPaths, PathIndex } from '../../src/edits/path-index.js';
import { findOtherSpelling, pathKey } from '../../src/platform/path-names.js';

/** What the index must find, by looking at every path. */
function findSlowly(path: string, paths: readonly string[]): string | undefined {
  const key = pathKey(path);
  for (const existing of paths) {
    const other = pathKey(existing);
    if (other === key) return 'same';
    if (key.startsWith(`${other}/`) || other.startsWith(`${key}/`)) return 'in the way';
    if (findOtherSpelling(path, existing) !== undefined) return 'spelling';
  }
  return undefined;
}

describe('an index of paths', () => {
  const path = fc
    .array(fc.constantFrom('a', 'A', 'b', 'B', 'c', 'caf\u00E9', 'cafe\u0301'), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join('/'));

  it('finds an obstacle exactly where one of the paths is one', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 6 }), path, (paths, wanted) => {
        if (paths.includes(wanted)) return;
        const slow = new Set(['none', ...paths.map((one) => findSlowly(wanted, [one]))]);
        const found = new PathIndex(paths).findObstacle(wanted);
        expect(slow).toContain(found?.kind ?? 'none');
        // With several in the way any of them will do, but none may be overlooked.
        expect(found === undefined).toBe(findSlowly(wanted, paths) === undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['src/A.js', { kind: 'same', existing: 'src/a.js' }],
    ['SRC', { kind: 'in the way', existing: 'src/a.js' }],
    ['src/a.js/b.js', { kind: 'in the way', existing: 'src/a.js' }],
    ['SRC/new.js', { kind: 'spelling', folder: 'src' }],
    ['src/new.js', undefined],
  ])('says of %s what it is', (wanted, obstacle) => {
    expect(new PathIndex(['src/a.js', 'b.js']).findObstacle(wanted)).toEqual(obstacle);
  });

  it('knows the paths with a name, and is made once for each list', () => {
    const paths = ['src/a.js', 'lib/a.js', 'a.js', 'b.js'];
    expect(indexPaths(paths).withNameOf('x/a.js')).toEqual(['src/a.js', 'lib/a.js', 'a.js']);
    expect(indexPaths(paths).withNameOf('none.js')).toEqual([]);
    expect([indexPaths(paths).has('b.js'), indexPaths(paths).has('B.js')]).toEqual([true, false]);
    expect(indexPaths(paths)).toBe(indexPaths(paths));
  });
});
