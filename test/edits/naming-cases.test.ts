import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyInput, FileContent } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.js', 'a.ts', 'a.py', 'a.rs', 'a.go', 'a.java', 'a.cpp']);

/** The new text of a file, or the code of the first rejection, for a block of declarations. */
function apply(path: string, text: string, code: string, more: Partial<ApplyInput> = {}): string {
  const outcome = applyReply({
    reply: `${path}\n\`\`\`\n${code}\n\`\`\`\n`,
    ending: 'stop',
    files: new Map<string, FileContent>([[path, { kind: 'text', text }]]),
    offered: [path],
    asked: 'named-declaration',
    rules: { parsers },
    ...more,
  });
  if (outcome.kind !== 'applied')
    return outcome.kind === 'rejected' ? outcome.rejections[0].code : outcome.kind;
  const [change] = outcome.changes;
  return change?.kind === 'modify' ? change.newText : '';
}

describe('an import of a name that the file has', () => {
  const bodies: Readonly<Record<string, readonly [old: string, fresh: string]>> = {
    'a.js': ['function f() {}\nfunction g() {}\n', 'function f() { return 1; }'],
    'a.ts': ['function f() {}\nfunction g() {}\n', 'function f() { return 1; }'],
    'a.py': ['def f():\n    pass\n\n\ndef g():\n    pass\n', 'def f():\n    return 1'],
    'a.rs': ['fn f() {}\nfn g() {}\n', 'fn f() { g() }'],
    'a.go': ['func f() {}\n\nfunc g() {}\n', 'func f() { g() }'],
    'a.java': ['class A {\n  void f() {}\n\n  void g() {}\n}\n', 'class A {\n  void f() { g(); }\n}'],
  };

  it.each([
    ['a.js', "import fs from 'fs';", "import * as fs from 'node:fs';"],
    ['a.js', "import { join } from './lib/path.js';", "import { join } from '../path';"],
    ['a.js', "import { join } from './lib/path.js';", "import { join } from '@/lib/path';"],
    ['a.js', "import glob from 'glob';", "import { glob } from 'glob';"],
    ['a.js', "const { join } = require('path');", "import { join } from 'node:path';"],
    ['a.ts', "import type { User } from './user.js';", "import { User } from './user';"],
    ['a.py', 'from .models import User', 'from app.models import User'],
    ['a.py', 'from app.models import User', 'from models import User'],
    ['a.py', 'from . import models', 'from app import models'],
    ['a.py', 'from typing import Callable', 'from collections.abc import Callable'],
    ['a.py', 'import numpy as np', 'import numpy as np'],
    ['a.rs', 'use std::fmt::Debug;', 'use core::fmt::Debug;'],
    ['a.rs', 'use crate::user::User;', 'use super::user::User;'],
    ['a.go', 'package a\n\nimport "fmt"\n', 'import "fmt"'],
    ['a.java', 'import java.util.List;', 'import java.util.List;'],
  ])('is left out where it is the same: %s, %s, %s', (path, known, written) => {
    const [old = '', fresh = ''] = bodies[path] ?? [];
    const text = `${known}\n\n${old}`;
    const result = apply(path, text, `${written}\n\n${fresh}`);
    expect(result.startsWith(`${known}\n\n`)).toBe(true);
    expect(result).toContain(fresh.split('\n').at(-1));
    expect(result.split('\n').filter((line) => /^(?:import|from|use) /.test(line))).toHaveLength(
      1 - Number(known.startsWith('const')),
    );
  });

  it.each([
    ['a.js', "import { join } from 'path';", "import { join } from 'lodash';"],
    ['a.js', "import { a as x } from './m.js';", "import { b as x } from './m.js';"],
    ['a.js', "import { join } from 'path';", "import { join } from './path.js';"],
    ['a.py', 'from os.path import join', 'from app.paths import join'],
    ['a.py', 'from xml.dom import Node', 'from ast.tree import Node'],
    ['a.rs', 'use std::fmt::Result;', 'use std::io::Result;'],
    ['a.rs', 'use std::sync::Mutex;', 'use tokio::sync::Mutex;'],
    ['a.go', 'package a\n\nimport "text/template"\n', 'import "html/template"'],
    ['a.java', 'import java.util.List;', 'import java.awt.List;'],
  ])('is refused where it is another: %s, %s, %s', (path, known, written) => {
    const [old = '', fresh = ''] = bodies[path] ?? [];
    expect(apply(path, `${known}\n\n${old}`, `${written}\n\n${fresh}`)).toBe('ambiguous');
  });

  it('is added where only its root is known', () => {
    const text = 'import os\n\n\ndef f():\n    pass\n\n\ndef g():\n    pass\n';
    const code = 'import os.path\nimport xml.etree.ElementTree\n\n\ndef f():\n    return 1';
    const result = apply('a.py', text, code);
    expect(result).toContain('import os\nimport os.path\nimport xml.etree.ElementTree\n');
  });

  it('is refused where the file declares it, unless it means the file itself', () => {
    const text = 'export function f() {}\n\nexport function g() {}\n';
    expect(apply('a.js', text, "import { g } from './other.js';\n\nfunction f() { g(); }")).toBe('ambiguous');
    expect(apply('a.js', text, "import { g } from './a.js';\n\nfunction f() { g(); }")).toBe(
      text.replace('f() {}', 'f() { g(); }'),
    );
  });
});

describe('a list of exports in a reply', () => {
  const file = (list: string) => `function a() {}\n\nfunction b() {}\n\n${list}\n`;

  it.each([
    ['module.exports = { a };', 'module.exports = { a, b };', 'module.exports = { a, b };'],
    ['module.exports = {};', 'module.exports = { b };', 'module.exports = { b };'],
    ['module.exports = {\n  a,\n};', 'module.exports = { a, b };', 'module.exports = {\n  a,\n  b,\n};'],
    ['module.exports = { x: a };', 'module.exports = { x: a, y: b };', 'module.exports = { x: a, y: b };'],
    ['module.exports = a;', 'module.exports = b;', 'module.exports = b;'],
    [
      'module.exports = {\n  a,\n  ...b,\n  c() {},\n};',
      'module.exports = {\n  a,\n  ...b,\n  c() { return 1; },\n};',
      'module.exports = {\n  a,\n  ...b,\n  c() { return 1; },\n};',
    ],
  ])('is merged: %s and %s', (list, written, merged) => {
    expect(apply('a.js', file(list), `function a() { return 1; }\n\n${written}`)).toBe(
      file(merged).replace('a() {}', 'a() { return 1; }'),
    );
  });

  it.each([
    ['module.exports = { x: a };', 'module.exports = { x: b };'],
    ['module.exports = {\n  a,\n  ...b,\n  c() {},\n};', 'module.exports = {\n  c() { return 1; },\n};'],
    ['module.exports = {\n  a, // first\n};', 'module.exports = { a, b };'],
  ])('is refused where it says something else: %s and %s', (list, written) => {
    expect(apply('a.js', file(list), `function a() { return 1; }\n\n${written}`)).toBe('ambiguous');
  });
});

describe('a class of which a reply shows a part', () => {
  const python =
    'class A(Base):\n    """Docs."""\n\n    x = 1\n\n    def f(self):\n        pass\n\n    def g(self):\n        pass\n';

  it.each([
    ['without its parents', 'class A:\n    def f(self):\n        return 1'],
    ['with its doc string', 'class A(Base):\n    """Docs."""\n    def f(self):\n        return 1'],
    [
      'with another doc string over lines',
      'class A(Base):\n    """Other\n\n    docs.\n    """\n    def f(self):\n        return 1',
    ],
    ['with dots', 'class A(Base):\n    ...\n    def f(self):\n        return 1'],
    ['with a remark', 'class A(Base):\n    # Changed below.\n\n    def f(self):\n        return 1'],
  ])('gives its methods: %s', (_, code) => {
    expect(apply('a.py', python, code)).toBe(
      python.replace('f(self):\n        pass', 'f(self):\n        return 1'),
    );
  });

  it.each([
    ['another parent', 'class A(Other):\n    def f(self):\n        return 1', 'ambiguous'],
    ['a new statement', 'class A(Base):\n    register(1)\n\n    def f(self):\n        return 1', 'ambiguous'],
    ['nothing', 'class A(Base):\n    pass', 'dropped-declarations'],
    ['nothing but dots', 'class A(Base):\n    ...', 'no-change'],
  ])('is refused with %s', (_, code, expected) => {
    expect(apply('a.py', python, code)).toBe(expected);
  });

  it('may lose a method that the task takes away, when all of the file was asked for', () => {
    const code = python.replace('    def g(self):\n        pass\n', '').trimEnd();
    const more = { asked: 'whole-file', rules: { parsers, mentioned: 'Remove g from A.' } } as const;
    expect(apply('a.py', python, code, more)).toBe(`${code}\n`);
    const kept = { asked: 'whole-file', rules: { parsers, mentioned: 'Let f return 1.' } } as const;
    expect(apply('a.py', python, code.replace('pass', 'return 1'), kept)).toBe('dropped-declarations');
  });

  it('is replaced on one line as a whole', () => {
    const text = 'class A { f() {} g() {} }\n\nclass B {}\n';
    expect(apply('a.js', text, 'class A { f() { return 1; } g() {} }')).toBe(
      text.replace('f() {}', 'f() { return 1; }'),
    );
    expect(apply('a.js', text, 'class A { f() { return 1; } }')).toBe('ambiguous');
    expect(apply('a.js', text, 'class B {\n  h() {}\n}')).toBe(
      text.replace('class B {}', 'class B {\n  h() {}\n}'),
    );
  });
});

describe('a block in other characters or steps than the file', () => {
  const text = [
    'export function f(x) {',
    "  if (typeof x === 'string') {",
    "    return 'a' + x;",
    '  }',
    "  return 'b';",
    '}',
    '',
  ].join('\n');
  const curly = (code: string) => code.replace(/'(?=\w)/g, '\u2018').replaceAll("'", '\u2019');

  it('is written with the characters of the file', () => {
    const wanted = text.replace("'b'", "'c'");
    expect(apply('a.js', text, curly(wanted).trimEnd())).toBe(wanted);
  });

  it('is refused where the file has such characters too, so that a new line does not tell', () => {
    const both = `${text}\nconst quote = '\u2018';\n`;
    const block = curly(text.replace("'b'", "'c'")).trimEnd();
    expect(apply('a.js', both, block)).toBe('malformed');
  });

  it('keeps such characters where the reply has plain ones as well', () => {
    const wanted = text.replace("return 'b'", "return 'it\u2019s'");
    expect(apply('a.js', text, wanted.trimEnd())).toBe(wanted);
  });

  it('gets the steps of the file although a line that stands there twice is paired with the other one', () => {
    const lines = [
      'f(a);',
      'if (a) {',
      '  f(a);',
      '  while (b) {',
      '    g(a);',
      '    h(a);',
      '  }',
      '}',
      'h(b);',
    ];
    const file = ['function go(a, b) {', ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
    const moved = ['f(a);', ...lines].map((line) => `  ${line}`);
    const tabbed = moved.map((line) => line.replace(/^ +/, (space) => '\t'.repeat(space.length / 2)));
    expect(apply('a.js', file, ['function go(a, b) {', ...tabbed, '}'].join('\n'))).toBe(
      ['function go(a, b) {', ...moved, '}', ''].join('\n'),
    );
  });
});

describe('a whole file that was asked for', () => {
  const text =
    "import { a } from './a.js';\n\nexport function f() {}\n\nexport function g() {}\n\nexport function h() {}\n";

  it('is refused when it lacks a function, even if another file uses its name already', () => {
    const outcome = applyReply({
      reply: `a.js\n\`\`\`\n${text.replace('export function g() {}\n\n', '')}\`\`\`\n\nb.js\n\`\`\`\ng();\nh();\n\`\`\`\n`,
      ending: 'stop',
      files: new Map<string, FileContent>([
        ['a.js', { kind: 'text', text }],
        ['b.js', { kind: 'text', text: 'g();\n' }],
      ]),
      offered: ['a.js', 'b.js'],
      asked: 'whole-file',
      rules: { parsers },
    });
    expect(outcome.kind === 'rejected' && outcome.rejections.map(({ code }) => code)).toEqual([
      'dropped-declarations',
    ]);
  });
});
