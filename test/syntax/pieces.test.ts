import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { allDeclarations, parsePieceAs, parserOf, renderDeclarations, span } from './outline-text.js';

async function read(path: string, source: string): Promise<string[]> {
  const parsed = await parsePieceAs(path, source);
  expect(parsed.faults).toEqual([]);
  return renderDeclarations(parsed.declarations);
}

describe('a piece of a file', () => {
  test.each([
    ['a.js', 'function f() {}', ['function f 1 /0 « function f() »']],
    ['a.js', 'run(a) {\n  return a;\n}', ['method run 1-3 /1 member « run(a) »']],
    [
      'a.js',
      'async run() {},\nstop: () => {},',
      ['method run 1 /0 member « async run() »', 'method stop 2 /0 member « stop: () => »'],
    ],
    [
      'a.js',
      'get v() { return 1; }\nset v(x) {}',
      ['method v 1 /0 member « get v() »', 'method v 2 /1 member « set v(x) »'],
    ],
    ['a.js', 'handle = (e) => {\n};', ['method handle 1-2 /1 member « handle = (e) => »']],
    ['a.js', 'static #n = 1;', ['value #n 1 member « static #n »']],
    ['a.ts', 'private readonly n: number = 1;', ['value n 1 member « private readonly n: number »']],
    [
      'a.ts',
      'foo(a: string): void;\nfoo(a: any) {}',
      ['method foo 1 /1 no-body member « foo(a: string): void »', 'method foo 2 /1 member « foo(a: any) »'],
    ],
    ['a.ts', 'reducer: () => 0,', ['method reducer 1 /0 member « reducer: () => »']],
    ['a.tsx', '@Input()\nname = <a>b</a>;', ['value name 1-2 member decorators:1 « @Input() name »']],
    ['a.go', 'C Color = 3', ['value C 1 member « C Color »']],
    ['a.go', 'T struct {\n\ta int\n}', ['type T 1-3 member « T »']],
    [
      'a.rs',
      'pub fn area(&self) -> f64 {\n    1.0\n}',
      ['method area 1-3 /1 member [pub ] « fn area(&self) -> f64 »'],
    ],
    [
      'a.java',
      'Shape(int a) {\n}\nprivate int x = 1;',
      ['method Shape 1-2 /1 member « Shape(int a) »', 'value x 3 member « private int x »'],
    ],
    [
      'a.java',
      'public String name() default "x";',
      ['method name 1 /0 no-body member « public String name() default "x" »'],
    ],
    [
      'a.cpp',
      'public:\n  ~Shape() {}\n  int x = 1;',
      ['method ~Shape 2 /0 member « ~Shape() »', 'value x 3 member « int x »'],
    ],
    [
      'a.cpp',
      'virtual int area() const override { return 1; }',
      ['method area 1 /0 member « virtual int area() const override »'],
    ],
    [
      'a.py',
      '    @property\n    def p(self):\n        return 1\n\n    def q(self): pass\n',
      [
        'function p 1-3 /1 either decorators:1 « @property def p(self) »',
        'function q 5 /1 either « def q(self) »',
      ],
    ],
  ])('%s: %s', async (path, source, expected) => {
    expect(await read(path, source)).toEqual(expected);
  });

  test('members keep what is within, with positions of the piece', async () => {
    const parsed = await parsePieceAs(
      'a.ts',
      '  // stray\n\n  /** Doc. */\n  @dec\n  async run(): Promise<void> {\n    const f = () => {\n    };\n    return `a\n  b`;\n  }\n',
    );
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'method run 4-10 /0 member doc:3 decorators:4 « @dec async run(): Promise<void> »',
      '  function run>f 6-7 /0 local « const f = () => »',
    ]);
    expect(parsed.declarations[0]?.head).toEqual({ line: 4, column: 2 });
    expect(parsed.comments.map(span)).toEqual(['1']);
    expect([...parsed.inString]).toEqual([8]);
    expect(parsed.statements).toEqual([]);
  });

  test('imports may stand before members', async () => {
    const parsed = await parsePieceAs(
      'a.ts',
      "import { a } from 'b';\nimport {\n  c,\n} from 'd';\n\nprivate run() {\n  a(c);\n}\n",
    );
    expect(parsed.faults).toEqual([]);
    expect(parsed.imports.map((each) => span(each.lines))).toEqual(['1', '2-4']);
    expect(renderDeclarations(parsed.declarations)).toEqual(['method run 6-8 /0 member « private run() »']);
  });

  test('indentation as a whole is put back into every position', async () => {
    const source = '\timport a, { b } from "c";\n\n\texport function f() {\n\t\tg(;\n\t}\n\tfor (;;) {}\n';
    const parsed = await parsePieceAs('a.js', source);
    expect(parsed.imports[0]?.append).toEqual({ line: 0, column: 14, before: ', ' });
    expect(parsed.declarations[0]?.head).toEqual({ line: 2, column: 8 });
    expect(parsed.faults[0]).toMatchObject({ line: 3 });
    expect(parsed.faults[0]?.column).toBeGreaterThan(2);
    expect(parsed.statements[0]?.lines).toEqual({ from: 5, to: 5 });
  });

  test('what a statement holds is put back too', async () => {
    const parsed = await parsePieceAs('a.js', '  run(() => {\n    function f() {}\n  });\n');
    expect(parsed.statements[0]?.members.map(({ head, lines }) => [head, lines])).toEqual([
      [
        { line: 1, column: 4 },
        { from: 1, to: 1 },
      ],
    ]);
  });

  test.each([
    ['a.js', 'count = 1;'],
    ['a.js', 'count: 1'],
    ['a.js', 'if (a) { b(); }'],
    ['a.go', 'A = 1'],
    ['a.java', 'run();'],
  ])('sound statements are no members: %s: %s', async (path, source) => {
    const parsed = await parsePieceAs(path, source);
    expect(parsed.declarations).toEqual([]);
    expect(parsed.statements).toHaveLength(1);
  });

  test('of faulty readings the one with fewer faults is taken', async () => {
    const members = await parsePieceAs('a.ts', 'private a() {}\nprivate b( {}\n');
    expect(members.declarations[0]).toMatchObject({ name: 'a', place: 'member' });
    expect(members.faults.length).toBeGreaterThan(0);
    for (const fault of members.faults) expect(fault.line).toBeLessThanOrEqual(2);
    const file = await parsePieceAs('a.js', 'function a() { return ]; }\nfunction b() {}\n');
    expect(file.declarations.map((each) => each.name)).toContain('b');
  });

  test('an empty piece holds nothing', async () => {
    const parsed = await parsePieceAs('a.js', '\n  \n');
    expect([parsed.declarations, parsed.statements, parsed.faults]).toEqual([[], [], []]);
  });

  test('a piece that is too large is not read', async () => {
    const parser = await parserOf('a.js');
    expect(parser.parsePiece('a;\n'.repeat(50_000))).toBeUndefined();
  });

  test('positions are within the text, whatever it is', async () => {
    const parser = await parserOf('a.ts');
    const word = constantFrom(
      'class ',
      'A ',
      '{',
      '}',
      '(',
      ')',
      '\n',
      '  ',
      '=',
      'get ',
      'x',
      ':',
      ',',
      ';',
      '`',
      "'",
      '=> ',
      '@d ',
      'import ',
      'from ',
      '/* ',
      '*/',
      '// ',
      'export ',
      'default ',
      '${',
    );
    assert(
      property(array(word, { maxLength: 40 }), (words) => {
        const text = words.join('');
        const lines = text.split('\n');
        const parsed = parser.parsePiece(text);
        if (parsed === undefined) throw new Error('not parsed');
        const spans = [
          ...allDeclarations(parsed).flatMap((each) => [each.lines, each.doc, each.decorators]),
          ...parsed.imports.map((each) => each.lines),
          ...parsed.statements.map((each) => each.lines),
          ...parsed.comments,
        ];
        const outside = spans.filter(
          (each) => each !== undefined && (each.from < 0 || each.from > each.to || each.to >= lines.length),
        );
        expect(outside).toEqual([]);
        const positions = [...allDeclarations(parsed).map((each) => each.head), ...parsed.faults];
        const beyond = positions.filter(
          ({ line, column }) => column < 0 || column > (lines[line]?.length ?? -1),
        );
        expect(beyond).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
