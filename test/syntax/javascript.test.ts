import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

async function declarationsOf(source: string): Promise<string[]> {
  return renderDeclarations((await parseAs('a.js', source)).declarations);
}

describe('JavaScript declarations', () => {
  test.each([
    ['function f(a, b = 1) {\n  return a;\n}', ['function f 1-3 /2 « function f(a, b = 1) »']],
    ['export async function* f() {}', ['function f 1 /0 [export ] « async function* f() »']],
    [
      'export default function f({ a }, ...rest) {}',
      ['function f 1 /2 [export default ] « function f({a}, ...rest) »'],
    ],
    ['export default () => 1;', ['function default 1 /0 [export default ] « () => »']],
    ['export default class {}', ['class default 1 [export default ] « class »']],
    ['const f = (x) => x;', ['function f 1 /1 « const f = (x) => »']],
    ['export const f = async x => {\n};', ['function f 1-2 /1 [export ] « const f = async x => »']],
    ['let f = function named(a) {};', ['function f 1 /1 « let f = function named(a) »']],
    [
      'const A = class B extends C {\n  m() {}\n};',
      ['class A 1-3 « const A = class B extends C »', '  method A>m 2 /0 member « m() »'],
    ],
    ['const MAX = 3;', ['value MAX 1 « const MAX »']],
    ['var v;', ['value v 1 « var v »']],
    ['const a = 1, f = () => {};', ['value a 1 shared « a »', 'function f 1 /0 shared « f = () => »']],
    ['const a = 1,\n  b = 2;', ['value a 1 shared « a »', 'value b 2 shared « b »']],
    [
      'const { a, b: c, d = e, ...f } = g;',
      ['a', 'c', 'd', 'f'].map((name) => `value ${name} 1 shared « const {a, b: c, d = e, ...f} »`),
    ],
    [
      'const [a, [b = 1]] = c;',
      ['value a 1 shared « const [a, [b = 1]] »', 'value b 1 shared « const [a, [b = 1]] »'],
    ],
    ['f(); function g() {}', ['function g 1 /0 shared « function g() »']],
    ['function g() {} // why', ['function g 1 /0 « function g() »']],
    ['function g() {} /* why */ ;', ['function g 1 /0 « function g() »']],
    ['function g() {} /* on\n*/ f();', ['function g 1 /0 shared « function g() »']],
  ])('%s', async (source, expected) => {
    expect(await declarationsOf(source)).toEqual(expected);
  });

  test('members of a class, those that hold a function among the methods', async () => {
    const source = `class A extends B {
  static #count = 0;
  handle = (event) => {
    return event;
  };
  get v() { return 1; }
  set v(x) {}
  static async *gen(a) {}
  'a name'() {}
  [Symbol.iterator]() {}
  [\`a
b\`]() {}
  static { start(); }
  constructor(a, b) { super(); }
}`;
    expect(await declarationsOf(source)).toEqual([
      'class A 1-15 « class A extends B »',
      '  value A>#count 2 member « static #count »',
      '  method A>handle 3-5 /1 member « handle = (event) => »',
      '  method A>v 6 /0 member « get v() »',
      '  method A>v 7 /1 member « set v(x) »',
      '  method A>gen 8 /1 member « static async *gen(a) »',
      "  method A>a name 9 /0 member « 'a name'() »",
      '  method A>[Symbol.iterator] 10 /0 member « [Symbol.iterator]() »',
      '  method A>[`a b`] 11-12 /0 member « [`a b`]() »',
      '  method A>constructor 14 /2 member « constructor(a, b) »',
    ]);
  });

  test('assignments to a name of their own', async () => {
    const source = `module.exports = { run() {}, stop: () => {}, n: 1 };
exports.f = function (a) {};
Foo.prototype.bar = (a, b) => a;
this.x = 1;
a['b'].c = class { m() {} };
plain = 1;
a[b()].c = 1;
f().g = 1;
a += 1;`;
    expect(await declarationsOf(source)).toEqual([
      'assignment module.exports 1 « module.exports »',
      '  method module.exports>run 1 /0 shared member « run() »',
      '  method module.exports>stop 1 /0 shared member « stop: () => »',
      'assignment exports.f 2 /1 « exports.f = function (a) »',
      'assignment Foo.prototype.bar 3 /2 « Foo.prototype.bar = (a, b) => »',
      'assignment this.x 4 « this.x »',
      "assignment a['b'].c 5 « a['b'].c = class »",
      "  method a['b'].c>m 5 /0 shared member « m() »",
    ]);
  });

  test('objects whose members are functions, however deep', async () => {
    const source = `const api = {
  run() {},
  stop: async () => {},
  get size() { return 1; },
  inner: {
    deep(a) {},
    data: { a: 1 },
  },
  data: [1],
  short,
};`;
    expect(await declarationsOf(source)).toEqual([
      'value api 1-11 « const api »',
      '  method api>run 2 /0 member « run() »',
      '  method api>stop 3 /0 member « stop: async () => »',
      '  method api>size 4 /0 member « get size() »',
      '  value api>inner 5-8 member « inner »',
      '    method api>inner>deep 6 /1 member « deep(a) »',
    ]);
  });

  test('functions and classes within functions are local, values are not named', async () => {
    const source = `function outer() {
  const n = 1;
  const inner = () => {
    function deepest() {}
  };
  if (n) {
    class Within {
      m() {}
    }
  }
  each((item) => {
    function inCallback() {}
  });
  return {
    a() {},
    b: 1,
  };
}`;
    expect(await declarationsOf(source)).toEqual([
      'function outer 1-18 /0 « function outer() »',
      '  function outer>inner 3-5 /0 local « const inner = () => »',
      '    function outer>inner>deepest 4 /0 local « function deepest() »',
      '  class outer>Within 7-9 local « class Within »',
      '    method outer>Within>m 8 /0 local member « m() »',
      '  function outer>inCallback 12 /0 local « function inCallback() »',
      '  method outer>a 15 /0 local member « a() »',
    ]);
  });

  test('values that are called with functions hold those', async () => {
    const source = `export const View = memo(
  function View(props) {
    const onClick = () => {
    };
  },
);`;
    expect(await declarationsOf(source)).toEqual([
      'value View 1-6 [export ] « const View »',
      '  function View>onClick 3-4 /0 local « const onClick = () => »',
    ]);
  });

  test('decorators stand before export or behind it', async () => {
    const source = `@one
@two({ a: 1 })
export class A {
  @m() inline() {}
  @n
  own() {}
}
export @x class B {}`;
    expect(await declarationsOf(source)).toEqual([
      'class A 1-7 [export ] decorators:1-2 « @one @two({a: 1}) class A »',
      '  method A>inline 4 /0 member « @m() inline() »',
      '  method A>own 5-6 /0 member decorators:5 « @n own() »',
      'class B 8 « @x class B »',
    ]);
  });
});

describe('JavaScript besides declarations', () => {
  test('statements with what they declare within', async () => {
    const { declarations, statements } = await parseAs(
      'a.mjs',
      `'use strict';
export { a, /* why */ b };
export * from './q.js';
(function () {
  function hidden() {}
})();
app.get('/', async (request) => {
  const send = () => {
  };
});
export default {
  methods: { go() {} },
};;
label: for (;;) {}
`,
    );
    expect(declarations).toEqual([]);
    expect(statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([
      "1 'use strict';",
      '2 export {a, b};',
      "3 export * from './q.js';",
      '4-6 (function () {function hidden() {}})();',
      "7-10 app.get('/', async (request) => {const send = () => {};});",
      '11-13 export default {methods: {go() {}}};',
      '14 label: for (;;) {}',
    ]);
    expect(statements.flatMap((each) => renderDeclarations(each.members))).toEqual([
      'function hidden 5 /0 local « function hidden() »',
      'function send 8-9 /0 local « const send = () => »',
      'value methods 12 member « methods »',
      '  method methods>go 12 /0 shared member « go() »',
    ]);
  });

  test('docs are the comment lines right above; others are stray', async () => {
    const { declarations, comments } = await parseAs(
      'a.js',
      `#!/usr/bin/env node
/* Licence */
/** One. */
function one() {}

// stray
// stray too

// two
// lines
@dec
class Two {
  // stray in class

  // doc
  m() {
    // inside
  }
  x = 1; // behind
}
/* other style */
// three
const three = 3;
// last
`,
    );
    expect(renderDeclarations(declarations)).toEqual([
      'function one 4 /0 doc:3 « function one() »',
      'class Two 11-20 doc:9-10 decorators:11 « @dec class Two »',
      '  method Two>m 16-18 /0 member doc:15 « m() »',
      '  value Two>x 19 member « x »',
      'value three 23 doc:22 « const three »',
    ]);
    expect(comments.map(span)).toEqual(['1', '2', '6-7', '13', '21', '24']);
  });

  test('a shebang is nobody’s doc', async () => {
    const { declarations, comments } = await parseAs('a.js', '#!/usr/bin/env node\nfunction f() {}\n');
    expect(declarations[0]?.doc).toBeUndefined();
    expect(comments).toEqual([{ from: 0, to: 0 }]);
  });

  test('lines that begin in a string, not those in what is put into it', async () => {
    const { inString } = await parseAs(
      'a.js',
      'const a = `one\ntwo ${\n  f(\n    `x\n  y`,\n  )\n} three\nfour`;\nconst b = "c\\\nd";\n// `\n//\n',
    );
    expect([...inString].toSorted((a, b) => a - b)).toEqual([1, 4, 7, 9]);
  });

  test('where the declaration proper begins', async () => {
    const { declarations } = await parseAs('a.js', '  @d export default class A {}\nexport const b = 1;');
    expect(declarations.map((each) => each.head)).toEqual([
      { line: 0, column: 20 },
      { line: 1, column: 7 },
    ]);
  });

  test('columns count UTF-16 code units, behind a byte order mark as well', async () => {
    const { declarations } = await parseAs(
      'a.js',
      '\uFEFF/* 😀 é */ export const b = 1;\r\nexport const c = 2;\r\n',
    );
    expect(declarations.map((each) => [each.head, each.hasOwnLines, each.lines])).toEqual([
      [{ line: 0, column: 18 }, false, { from: 0, to: 0 }],
      [{ line: 1, column: 7 }, true, { from: 1, to: 1 }],
    ]);
  });

  test('faults with what is missing, twenty at most', async () => {
    const missing = await parseAs('a.js', 'function f() {\n  g(1;\n}\n');
    expect(missing.faults).toEqual([{ line: 1, column: 5, missing: ')' }]);
    const { faults } = await parseAs('a.js', 'a b c;\n'.repeat(50));
    expect(faults).toHaveLength(20);
    expect(faults.slice(0, 2).map((each) => each.line)).toEqual([0, 1]);
  });
});
