import { describe, expect, test } from 'vitest';

import {
  findOtherSpelling,
  findPathCollisions,
  isGitFolder,
  pathKey,
  windowsPathProblem,
} from '../../src/platform/path-names.js';

describe('paths that are one file elsewhere', () => {
  test.each([
    ['src/Main.ts', 'SRC/main.TS'],
    ['caf\u00E9.md', 'cafe\u0301.md'],
    ['Ärger', 'ärger'],
    ['ΣΟΦΟΣ', 'σοφος'],
    ['σοφοσ', 'σοφος'],
  ])('%s and %s', (a, b) => {
    expect(pathKey(a)).toBe(pathKey(b));
  });

  test.each([
    ['straße', 'strasse'],
    ['a', 'á'],
    ['a/b', 'a-b'],
    ['ﬁle', 'file'],
  ])('not %s and %s', (a, b) => {
    expect(pathKey(a)).not.toBe(pathKey(b));
  });

  test('collisions are found for files and folders', () => {
    expect(findPathCollisions(['a/b', 'a/c', 'd', 'README.md'])).toEqual([]);
    expect(findPathCollisions(['README.md', 'x', 'Readme.md', 'readme.MD'])).toEqual([
      ['README.md', 'Readme.md', 'readme.MD'],
    ]);
    expect(findPathCollisions(['Docs/a', 'docs/b', 'docs/c'])).toEqual([['Docs', 'docs']]);
    expect(findPathCollisions(['Docs', 'docs/b'])).toEqual([['Docs', 'docs']]);
    expect(findPathCollisions(['same', 'same'])).toEqual([]);
  });

  test('100,000 paths take no time to speak of', () => {
    const paths = Array.from(
      { length: 100_000 },
      (_, at) => `packages/p${at % 500}/src/dir${at % 7}/file${at}.ts`,
    );
    const before = process.cpuUsage();
    expect(findPathCollisions(paths)).toEqual([]);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000);
  });
});

describe('names that Windows does not take', () => {
  test.each([
    ['nul', 'device'],
    ['src/CON.ts', 'device'],
    ['Com1', 'device'],
    ['lpt²', 'device'],
    ['aux .txt', 'device'],
    ['CONIN$', 'device'],
    ['Clock$', 'device'],
    ['a:b', 'character'],
    ['what?', 'character'],
    ['back\\slash', 'character'],
    ['tab\tname', 'character'],
    ['src/name.', 'dot or a space'],
    ['trailing /x', 'dot or a space'],
  ])('%s', (name, reason) => {
    expect(windowsPathProblem(name)).toContain(reason);
  });

  test.each(['console.ts', 'com10', 'null', 'src/nul-check.ts', '.gitignore', 'a b/ä.txt', 'lpt'])(
    '%s is fine',
    (name) => {
      expect(windowsPathProblem(name)).toBeUndefined();
    },
  );
});

describe('.git, as some system reads it', () => {
  test.each([
    '.git',
    '.GiT',
    'git~1',
    'GIT~2',
    '.git.',
    '.git ',
    '.git::$INDEX_ALLOCATION',
    '.g\u200Cit',
    'git~1 . ',
  ])('%j', (part) => {
    expect(isGitFolder(part)).toBe(true);
  });

  test.each(['git', '.github', '.gitignore', 'a~1', 'git~x', ' .git', '..git'])('not %j', (part) => {
    expect(isGitFolder(part)).toBe(false);
  });
});

describe('another spelling of what is there', () => {
  test.each([
    ['SRC/Calc.js', 'src/calc.js', 'src'],
    ['src/Calc.js', 'src/calc.js', 'src/calc.js'],
    ['Src', 'src/calc.js', 'src'],
    ['Src/a/b', 'src', 'src'],
    ['docs/cafe\u0301.md', 'docs/caf\u00E9.md', 'docs/caf\u00E9.md'],
    ['src/calc.js', 'src/calc.js', undefined],
    ['src/a', 'src/b', undefined],
    ['src', 'src/b', undefined],
    ['lib/a', 'src/A', undefined],
  ])('%s beside %s: %s', (path, existing, other) => {
    expect(findOtherSpelling(path, existing)).toBe(other);
  });
});
