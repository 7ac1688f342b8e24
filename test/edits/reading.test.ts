import { describe, expect, it } from 'vitest';
import { listDeclarations, listImports } from '../../src/edits/guards/declarations.js';
import { isElision } from '../../src/edits/guards/elision.js';
import { isConflictMarker, specialTokenIn } from '../../src/edits/guards/suspicious-lines.js';
import { findShift } from '../../src/edits/locating/indentation.js';
import { pathInSentence, pathOfComment, pathOfInfo, pathOfLine } from '../../src/edits/reading/path-hints.js';

describe('paths in prose', () => {
  it.each([
    ['src/a.js', 'src/a.js'],
    ['`src/a.js`', 'src/a.js'],
    ['**`src/a.js`**:', 'src/a.js'],
    ['### 2. `src/a.js` (updated)', 'src/a.js'],
    ['#### File: `src/a.js`', 'src/a.js'],
    ['Filename: a.js', 'a.js'],
    ['path = src/a.js', 'src/a.js'],
    ['- src/a.js:', 'src/a.js'],
    ['> src/a.js', 'src/a.js'],
    ['"my file.txt"', 'my file.txt'],
    ['File: my file.txt', 'my file.txt'],
    ['Makefile', 'Makefile'],
    ['.gitignore', '.gitignore'],
    ['src/Dockerfile', 'src/Dockerfile'],
    ['a.1', 'a.1'],
    ['javascript', undefined],
    ['php', undefined],
    ['Node.js', undefined],
    ['Here is the code:', undefined],
    ['This fixes it.', undefined],
    ['https://example.com/a.js', undefined],
    ['1.2.3', undefined],
    ['foo()', undefined],
    ['my file.txt', undefined],
    ['x'.repeat(500), undefined],
    ['...', undefined],
    ['and/or:', 'and/or'],
    ['', undefined],
  ])('a line %j names %j', (line, path) => {
    expect(pathOfLine(line)).toBe(path);
  });

  it.each([
    ['I changed `src/a.js` a bit:', 'src/a.js'],
    ['I changed **src/a.js** and `add`:', 'src/a.js'],
    ['`a.js` and `b.js`', undefined],
    ['call `console.log()`', undefined],
    ['x'.repeat(700), undefined],
  ])('a sentence %j mentions %j', (line, path) => {
    expect(pathInSentence(line)).toBe(path);
  });

  it.each([
    ['// src/a.js', 'src/a.js'],
    ['# File: a.py', 'a.py'],
    ['<!-- a.html -->', 'a.html'],
    ['/* a.css */', 'a.css'],
    ['-- a.sql', 'a.sql'],
    ['{- A.hs -}', 'A.hs'],
    ['--- /dev/null', undefined],
    ['// adds two numbers', undefined],
    ['let a = 1;', undefined],
    ['// ' + 'x'.repeat(500), undefined],
  ])('a comment %j names %j', (line, path) => {
    expect(pathOfComment(line)).toBe(path);
  });

  it.each([
    ['js', undefined, 'js'],
    ['js src/a.js', 'src/a.js', 'js'],
    ['js // src/a.js', 'src/a.js', 'js'],
    ['src/a.js', 'src/a.js', ''],
    ['js:src/a.js', 'src/a.js', 'js'],
    ["js title='a b.js'", 'a b.js', 'js'],
    ['ts filename=src/a.ts', 'src/a.ts', 'ts'],
    ['path=src/a.ts', 'src/a.ts', ''],
    ['C++ {1,3}', undefined, 'c++'],
    ['', undefined, ''],
  ])('a fence %j names %j and %j', (info, path, tag) => {
    expect(pathOfInfo(info)).toEqual({ path, tag });
  });
});

describe('lines that stand for code', () => {
  it.each([
    '// ... rest of the code unchanged',
    '// rest of the code remains the same',
    '# existing code',
    '# ... (existing code) ...',
    '/* ... */',
    '<!-- ... -->',
    '-- same as before',
    '// unchanged',
    '// ...',
    '# …',
    '{/* existing code */}',
    '[... rest of file ...]',
    '(no changes here)',
    '... rest of the code ...',
    '// Other methods remain unchanged',
    '// Your existing code here',
    '// omitted for brevity',
    '; rest of the function',
    '% remaining code is unchanged',
    "' existing code here",
    'REM existing code',
    '""" rest of the file """',
    '// keep the rest as is',
    '/* previous imports */',
  ])('%j is an elision', (line) => {
    expect(isElision(line)).toBe(true);
  });

  it.each([
    '',
    '...',
    '  ...',
    '...rest,',
    '[...rest]',
    'f(...args);',
    '// The rest of the list is sorted, so we can stop.',
    '// existing users keep their password',
    '# Returns the remaining seconds',
    'return rest;',
    'const unchanged = true;',
    '// TODO: handle the other cases',
    '// see the code below',
    '// same width as the header',
    'REMOTE = 1',
    '<p>The rest of the code</p>',
    '# Licence: same as Python',
    '// ' + 'x '.repeat(150),
  ])('%j is none', (line) => {
    expect(isElision(line)).toBe(false);
  });

  it('knows special tokens and conflict markers', () => {
    expect(specialTokenIn('x <|im_end|>')).toBe('<|im_end|>');
    expect(specialTokenIn('<|fim_middle|>')).toBe('<|fim_middle|>');
    expect(specialTokenIn('<｜end▁of▁sentence｜>')).toBe('<｜end▁of▁sentence｜>');
    expect(specialTokenIn('<end_of_turn>')).toBe('<end_of_turn>');
    expect(specialTokenIn('[/INST]')).toBe('[/INST]');
    expect(specialTokenIn('a <| b |> c')).toBeUndefined();
    expect(specialTokenIn('<s>struck</s> out')).toBeUndefined();
    expect(specialTokenIn('x'.repeat(3000))).toBeUndefined();
    expect(isConflictMarker('<<<<<<< HEAD')).toBe(true);
    expect(isConflictMarker('||||||| base')).toBe(true);
    expect(isConflictMarker('>>>>>>>> eight')).toBe(false);
  });
});

describe('declarations', () => {
  it.each([
    [
      'a.ts',
      'export default async function* a() {\nexport abstract class B {\nexport type C<T> = T;\nconst enum D {\nexports.e = 1;\n  const inner = 1;',
      'a B C D e',
    ],
    [
      'a.py',
      'async def a():\nclass B:\n    def c(self):\nLIMIT = 3\nsmall = 1\n        def deep():',
      'a B c LIMIT',
    ],
    ['a.go', 'func a() {\nfunc (r *R) B() {\ntype C struct {\nvar d = 1', 'a B C d'],
    [
      'a.rs',
      'pub(crate) async fn a() {\nimpl B {\n    pub fn c(&self) {\npub struct D;\nmacro_rules! e {',
      'a c D e',
    ],
    [
      'A.java',
      'public final class A {\n  private static <T> List<T> b(int x) {\n  @Override\n  int field = f(1);',
      'A b',
    ],
    ['a.kt', 'data class A(val x: Int)\nfun String.b() = 1', 'A b'],
    [
      'a.cpp',
      'int a(int x) {\nvoid B::c() {\nstruct D {\n#define E 1\nint f(int x);\nreturn g(1) {',
      'a c D E',
    ],
    ['a.php', 'final class A {\n  public static function b() {', 'A b'],
    ['a.sh', 'a() {\nfunction b {', 'a b'],
    ['a.lua', 'local function a()\nfunction M.b()', 'a M.b'],
    ['a.ex', 'defmodule A do\n  def b?(x) do', 'A b?'],
    ['a.txt', 'function a() {', ''],
    ['Makefile', 'a: b', ''],
    ['a.js', `${' '.repeat(0)}function ${'a'.repeat(500)}() {`, ''],
  ])('of %s', (path, text, names) => {
    expect([...listDeclarations(path, text)].join(' ')).toBe(names);
  });

  it('lists what imports bring in', () => {
    const text = [
      "import a, { b as c } from './x.js';",
      'import os',
      'from pathlib import Path',
      'use std::fmt;',
      'import java.util.List;',
      'const notOne = 1;',
    ].join('\n');
    expect([...listImports(text)]).toEqual(
      expect.arrayContaining(['a', 'b', 'c', 'os', 'Path', 'fmt', 'List']),
    );
    expect([...listImports(text)]).not.toContain('notOne');
    expect([...listImports(text)]).not.toContain('pathlib');
  });
});

describe('findShift', () => {
  const shift = (pairs: [string, string][], line: string) =>
    findShift(pairs.map(([file, reply]) => ({ file, reply })))?.(line);

  it.each<[string, [string, string][], string, string | undefined]>([
    [
      'adds a prefix',
      [
        ['    a', 'a'],
        ['      b', '  b'],
      ],
      '    c',
      '        c',
    ],
    [
      'cuts a prefix',
      [
        ['a', '    a'],
        ['  b', '      b'],
      ],
      '    c',
      'c',
    ],
    ['has no rule for less than what is cut', [['a', '    a']], '  c', undefined],
    [
      'turns spaces into tabs',
      [
        ['a', 'a'],
        ['\tb', '    b'],
      ],
      '        c',
      '\t\tc',
    ],
    [
      'turns tabs into spaces',
      [
        ['a', 'a'],
        ['  b', '\tb'],
      ],
      '\t\tc',
      '    c',
    ],
    [
      'turns and adds',
      [
        ['\ta', 'a'],
        ['\t\tb', '  b'],
      ],
      '    c',
      '\t\t\tc',
    ],
    [
      'scales',
      [
        ['a', 'a'],
        ['    b', '  b'],
      ],
      '    c',
      '        c',
    ],
    [
      'cannot scale a part of a step',
      [
        ['a', 'a'],
        ['   b', '    b'],
      ],
      '  c',
      undefined,
    ],
    ['leaves blank lines blank', [['    a', 'a']], '   ', ''],
    [
      'has no rule for tabs inside spaces',
      [
        ['a', 'a'],
        ['\tb', '    b'],
      ],
      ' \tc',
      undefined,
    ],
    [
      'finds none for ragged lines',
      [
        ['  a', 'a'],
        ['  b', '   b'],
        ['  c', ' c'],
      ],
      'd',
      undefined,
    ],
  ])('%s', (_, pairs, line, expected) => {
    expect(shift(pairs, line)).toBe(expected);
  });
});
