import { describe, expect, it } from 'vitest';
import { escapesRepository, isSafeRepoPath } from '../../src/edits/repo-path.js';

describe('isSafeRepoPath', () => {
  it.each([
    'a.js',
    'src/a.js',
    'src/.github/x.yml',
    '.gitignore',
    '.gitattributes',
    'git/a.js',
    'my docs/a b.txt',
    'grün/größe.txt',
    'console/aux-file.js',
    'com10.txt',
    'a~1/b',
    '[id]/(group)/@x/$y.tsx',
  ])('takes %s', (path) => {
    expect(isSafeRepoPath(path)).toBe(true);
  });

  it.each([
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['C:/x', 'is absolute'],
    ['c:x', 'is absolute'],
    ['\\\\server\\share', 'is absolute'],
    ['~/x', 'is absolute'],
    ['a\\b', 'has a backslash'],
    ['../x', 'leads out of its folder'],
    ['a/../../x', 'leads out of its folder'],
    ['./x', 'leads out of its folder'],
    ['a//b', 'has an empty part'],
    ['a/', 'has an empty part'],
    ['.git/config', 'is inside .git'],
    ['sub/.GiT/hooks/pre-commit', 'is inside .git'],
    ['.git./config', 'is inside .git'],
    ['.git /config', 'is inside .git'],
    ['.git::$INDEX_ALLOCATION/config', 'is inside .git'],
    ['git~1/config', 'is inside .git'],
    ['GIT~2', 'is inside .git'],
    ['.g\u200Cit/config', 'has an invisible character'],
    ['a\u202Ejs.exe', 'has an invisible character'],
    ['a\nb', 'has a control character'],
    ['a\0b', 'has a control character'],
    ['a\u0085b', 'has a control character'],
    ['a\uD800b', 'is not valid Unicode'],
    ['con', 'has a name that Windows keeps for a device'],
    ['src/NUL.txt', 'has a name that Windows keeps for a device'],
    ['lpt1.c', 'has a name that Windows keeps for a device'],
    ['a.', 'has a name that ends in a dot or a space'],
    ['a /b', 'has a name that ends in a dot or a space'],
    [' a', 'has a name that starts with a space'],
    ['ab:c', 'has a character that Windows does not allow'],
    ['a?', 'has a character that Windows does not allow'],
    ['a|b', 'has a character that Windows does not allow'],
    ['ä'.repeat(128), 'has a name longer than 255 bytes'],
    ['a/'.repeat(120) + 'b', 'is longer than 240 characters'],
  ])('refuses %j', (path, reason) => {
    expect(isSafeRepoPath(path)).toBe(reason);
  });

  it('lets what exists keep a name that only Windows minds', () => {
    expect(escapesRepository('src/aux.c')).toBe(true);
    expect(escapesRepository('src/.git/x')).toBe('is inside .git');
  });
});
