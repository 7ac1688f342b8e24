import { describe, expect, test } from 'vitest';

import { parseAs, parserOf } from './outline-text.js';

/** Path, source, then `key | local | text` of each name of the first import. */
const READ: [string, string, string[]][] = [
  [
    'a.js',
    "import a, { b as c, d } from './x.js';",
    ['./x.js default as a | a | default as a', './x.js b as c | c | b as c', './x.js d as d | d | d'],
  ],
  ['a.js', 'import * as ns from "y"', ['y * as ns | ns | * as ns']],
  ['a.js', "import './side.js';", ['./side.js effects |  | ']],
  ['a.js', "require('./side.js');", ['./side.js effects |  | ']],
  ['a.js', "const x = require('y');", ['y default as x | x | default as x']],
  ['a.js', "var { a, b: c } = require('y')", ['y a as a | a | a', 'y b as c | c | b: c']],
  ['a.js', "import d from './d.json' with { type: 'json' };", ['./d.json default as d | d | default as d']],
  ['a.ts', "import type { T } from './t.js';", ['./t.js type T as T | T | T']],
  [
    'a.ts',
    "import { type U, v } from './u.js';",
    ['./u.js type U as U | U | type U', './u.js v as v | v | v'],
  ],
  ['a.ts', "import x = require('x');", ['x default as x | x | default as x']],
  ['a.py', 'import os, sys as system', ['os | os | os', 'sys as system | system | sys as system']],
  ['a.py', 'import a.b.c', ['a.b.c | a | a.b.c']],
  ['a.py', 'from x import a, b as c', ['x:a | a | a', 'x:b as c | c | b as c']],
  ['a.py', 'from ..z import *', ['..z:* |  | *']],
  ['a.py', 'from __future__ import annotations', ['__future__:annotations | annotations | annotations']],
  ['a.go', 'package a\nimport "fmt"', ['fmt | fmt | "fmt"']],
  [
    'a.go',
    'package a\nimport (\n\tf "x/y"\n\t. "z"\n\t_ "w"\n\t"a/b/v2"\n\t"gopkg.in/yaml.v3"\n)',
    [
      'x/y as f | f | f "x/y"',
      'z as . |  | . "z"',
      'w as _ |  | _ "w"',
      'a/b/v2 | b | "a/b/v2"',
      'gopkg.in/yaml.v3 | yaml | "gopkg.in/yaml.v3"',
    ],
  ],
  ['a.rs', 'use std::fmt;', ['std::fmt | fmt | fmt']],
  [
    'a.rs',
    'use std::{io::{self, Read as R}, a::B, c::*};',
    [
      'std::io | io | io',
      'std::io::Read as R | R | io::Read as R',
      'std::a::B | B | a::B',
      'std::c::* |  | c::*',
    ],
  ],
  [
    'a.rs',
    'use std::fmt::{self, Display};',
    ['std::fmt | fmt | self', 'std::fmt::Display | Display | Display'],
  ],
  ['a.rs', 'pub(crate) use self::x as y;', ['pub(crate) self::x as y | y | x as y']],
  ['a.rs', '#[cfg(test)]\nuse t;', ['#[cfg(test)] t | t | t']],
  ['a.rs', 'use a::B as _;', ['a::B as _ |  | B as _']],
  ['a.rs', 'use {a, b::c};', ['a | a | a', 'b::c | c | b::c']],
  ['a.rs', 'extern crate serde as s;', ['extern crate serde as s | s | serde as s']],
  ['A.java', 'import java.util.List;', ['java.util.List | List | java.util.List']],
  ['A.java', 'import static a.B.c;', ['static a.B.c | c | static a.B.c']],
  ['A.java', 'import java.io.*;', ['java.io.* |  | java.io.*']],
  ['a.c', '#include <stdio.h>\n', ['<stdio.h> |  | <stdio.h>']],
  ['a.cpp', 'using namespace std;', ['using namespace std |  | using namespace std']],
  ['a.cpp', 'using std::string;', ['using std::string | string | using std::string']],
];

describe('imports', () => {
  test.each(READ)('%s: %s', async (path, source, names) => {
    const { imports, declarations, faults } = await parseAs(path, source);
    expect(faults).toEqual([]);
    expect(declarations).toEqual([]);
    expect(imports).toHaveLength(1);
    expect(imports[0]?.names.map((each) => `${each.key} | ${each.local} | ${each.text}`)).toEqual(names);
    expect(source).toContain(imports[0]?.text);
  });

  test.each(READ)('are written again as they mean: %s: %s', async (path, source) => {
    const parser = await parserOf(path);
    const [statement] = (await parseAs(path, source)).imports;
    if (statement === undefined) throw new Error('no import');
    const choices = [statement.names, ...statement.names.map((name) => [name])];
    for (const names of choices) {
      const again = parser.parse(parser.renderImport(statement, names));
      expect(again?.faults).toEqual([]);
      expect(again?.imports.flatMap((each) => each.names.map(({ key, local }) => [key, local]))).toEqual(
        names.map(({ key, local }) => [key, local]),
      );
    }
  });

  test.each([
    ['a.js', "import a, { b as c, d } from 'x';", 1, "import { b as c } from 'x';"],
    ['a.js', 'import a, { b } from "x"', 0, 'import a from "x"'],
    ['a.ts', "import type { A, B } from 'x';", 1, "import type { B } from 'x';"],
    ['a.js', "let { a, b: c } = require('y');", 1, "let { b: c } = require('y');"],
    ['a.rs', 'pub use a::{b, c::D};', 1, 'pub use a::c::D;'],
    ['a.rs', 'use a::{self, b};', 0, 'use a::{self};'],
    ['a.py', 'from x import (\n    a,\n    b,\n)', 1, 'from x import b'],
    ['a.py', 'import a, b.c', 1, 'import b.c'],
    ['a.go', 'import (\n\t"a"\n\tb "c"\n)', 1, 'import b "c"'],
  ])('%s: of %s name %d alone is %s', async (path, source, index, expected) => {
    const parser = await parserOf(path);
    const [statement] = (await parseAs(path, source)).imports;
    const name = statement?.names[index];
    if (statement === undefined || name === undefined) throw new Error('no such name');
    expect(parser.renderImport(statement, [name])).toBe(expected);
  });

  test('two Go packages share a group', async () => {
    const parser = await parserOf('a.go');
    const [statement] = (await parseAs('a.go', 'import (\n\t"a"\n\t"b"\n\t"c"\n)')).imports;
    if (statement === undefined) throw new Error('no import');
    expect(parser.renderImport(statement, statement.names.slice(1))).toBe('import (\n\t"b"\n\t"c"\n)');
  });
});

describe('where one more name goes', () => {
  test.each([
    ['a.js', "import a, { b } from 'x';", 'z', "import a, { b, z } from 'x';"],
    ['a.js', "import { b, } from 'x';", 'z', "import { b, z, } from 'x';"],
    [
      'a.js',
      "import {\n  a,\n  b, // why\n} from 'x';",
      'z',
      "import {\n  a,\n  b,\n  z, // why\n} from 'x';",
    ],
    ['a.js', "const { a } = require('x');", 'z', "const { a, z } = require('x');"],
    ['a.py', 'from x import a', 'z', 'from x import a, z'],
    ['a.py', 'from x import (\n    a,\n    b,\n)', 'z', 'from x import (\n    a,\n    b,\n    z,\n)'],
    ['a.py', 'from x import a, \\\n    b', 'z', 'from x import a, \\\n    b, z'],
    ['a.go', 'import (\n\t"a"\n\t"b"\n)', '"z"', 'import (\n\t"a"\n\t"b"\n\t"z"\n)'],
    ['a.go', 'import ("a"; "b")', '"z"', 'import ("a"; "b"; "z")'],
    ['a.rs', 'use a::{b, c};', 'z', 'use a::{b, c, z};'],
    ['a.rs', 'use a::{\n    b,\n    c::{d},\n};', 'z', 'use a::{\n    b,\n    c::{d},\n    z,\n};'],
  ])('%s: %s and %s', async (path, source, name, expected) => {
    const append = (await parseAs(path, source)).imports[0]?.append;
    if (append === undefined) throw new Error('no place');
    const lines = source.split('\n');
    const line = lines[append.line] ?? '';
    lines[append.line] = line.slice(0, append.column) + append.before + name + line.slice(append.column);
    expect(lines.join('\n')).toBe(expected);
    expect((await parseAs(path, expected)).faults).toEqual([]);
  });

  test.each([
    ['a.js', "import a from 'x';"],
    ['a.js', "import * as a from 'x';"],
    ['a.js', "import {} from 'x';"],
    ['a.js', "const a = require('x');"],
    ['a.py', 'import a'],
    ['a.py', 'from a import *'],
    ['a.go', 'import "a"'],
    ['a.rs', 'use a::b;'],
    ['A.java', 'import a.b;'],
    ['a.c', '#include "a.h"\n'],
  ])('%s: %s has no list', async (path, source) => {
    const { imports } = await parseAs(path, source);
    expect(imports).toHaveLength(1);
    expect(imports[0]?.append).toBeUndefined();
  });
});

describe('statements that can share a list', () => {
  test.each([
    ['a.ts', "import { a } from 'x';", "import b, { c } from 'x';", true],
    ['a.ts', "import { a } from 'x';", 'import { c } from "x"', true],
    ['a.ts', "import { a } from 'x';", "import type { c } from 'x';", false],
    ['a.ts', "import { a } from 'x';", "import * as c from 'x';", false],
    ['a.ts', "import { a } from 'x';", "const { c } = require('x');", false],
    ['a.js', "const { a } = require('x');", "const { c } = require('x');", true],
    ['a.py', 'from x import a', 'from x import b', true],
    ['a.py', 'from x import a', 'from .x import b', false],
    ['a.py', 'import a', 'import b', false],
    ['a.go', 'import "a"', 'import "b"', true],
    ['a.rs', 'use a::b::{c};', 'use a::b::d;', true],
    ['a.rs', 'use a::b::{c};', 'pub use a::b::d;', false],
    ['A.java', 'import a.b;', 'import a.c;', false],
  ])('%s: %s with %s: %s', async (path, one, other, expected) => {
    const groups = (await parseAs(path, `${one}\n${other}\n`)).imports.map((each) => each.group);
    expect(groups).toHaveLength(2);
    expect(groups[0] === groups[1]).toBe(expected);
  });
});

describe('what is no import', () => {
  test.each([
    ['a.js', "const a = require('x').b;"],
    ['a.js', 'const a = require(name);'],
    ['a.js', "const a = require('x', 1);"],
    ['a.js', "const { a: { b } } = require('x');"],
    ['a.js', "const {} = require('x');"],
    ['a.js', "const a = require('x'), b = 1;"],
    ['a.js', "function f() { const a = require('x'); require('y'); }"],
    ['a.rs', 'mod m { use a::b; extern crate c; }'],
    ['a.cpp', 'namespace n {\nusing std::string;\n}'],
    ['a.py', 'if x:\n    import a\n'],
  ])('%s: %s', async (path, source) => {
    const { imports, faults } = await parseAs(path, source);
    expect(faults).toEqual([]);
    expect(imports).toEqual([]);
  });
});
