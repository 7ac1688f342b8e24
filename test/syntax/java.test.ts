import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

describe('Java', () => {
  test('a class', async () => {
    const source = `// Licence

package a.b;

/** Doc. */
@Entity
@Table(name = "x")
public final class Shape<T> extends Base implements I, J {
    private static final int N = 1, M = 2;
    @Inject private String s;
    @Inject
    private Function<A, B> f = (a) -> {
    };
    static { init(); }
    { other(); }

    /** c */
    public Shape(int a, String... b) { }
    Shape() {}

    @Override
    public int area(int a) throws E {
        Runnable r = () -> {
        };
        class Local {
            void x() {}
        }
        list.forEach(new Visitor() {
            public void visit() {}
        });
        return 1;
    }
    @Override public int area(String a) { return 1; }
    abstract void abs();
    // stray

    static class In { void m() {} }
}
`;
    const parsed = await parseAs('A.java', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'class Shape 6-38 either doc:5 decorators:6-7 « @Entity @Table(name = "x") public final class Shape<T> extends Base implements I, J »',
      '  value Shape>N 9 shared member « private static final int N »',
      '  value Shape>M 9 shared member « private static final int N = 1, M »',
      '  value Shape>s 10 member « @Inject private String s »',
      '  function Shape>f 11-13 /1 member decorators:11 « @Inject private Function<A, B> f = (a) -> »',
      '  method Shape>Shape 18 /2 member doc:17 « public Shape(int a, String... b) »',
      '  method Shape>Shape 19 /0 member « Shape() »',
      '  method Shape>area 21-32 /1 member decorators:21 « @Override public int area(int a) throws E »',
      '    function Shape>area>r 23-24 /0 local « Runnable r = () -> »',
      '    class Shape>area>Local 25-27 local either « class Local »',
      '      method Shape>area>Local>x 26 /0 local member « void x() »',
      '    method Shape>area>visit 29 /0 local member « public void visit() »',
      '  method Shape>area 33 /1 member « @Override public int area(String a) »',
      '  method Shape>abs 34 /0 no-body member « abstract void abs() »',
      '  class Shape>In 37 either « static class In »',
      '    method Shape>In>m 37 /0 shared member « void m() »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual(['3 package a.b;']);
    expect(parsed.comments.map(span)).toEqual(['1', '35']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([]);
  });

  test('interfaces, enums, records, annotations', async () => {
    const source = `interface II {
    int K = 1;
    default void d() {}
    void n();
}
enum Color {
    // red
    RED(1) {
        void o() {}
    },
    GREEN;
    private int x;
    Color(int x) {}
}
record P(int x, int y) {
    P { }
    int sum() { return x + y; }
}
@interface Ann {
    String value() default "x";
}
String text = """
  a
  b""";
`;
    const parsed = await parseAs('A.java', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'type II 1-5 either « interface II »',
      '  value II>K 2 member « int K »',
      '  method II>d 3 /0 member « default void d() »',
      '  method II>n 4 /0 no-body member « void n() »',
      'class Color 6-14 either « enum Color »',
      '  method Color>o 9 /0 member « void o() »',
      '  value Color>x 12 member « private int x »',
      '  method Color>Color 13 /1 member « Color(int x) »',
      'class P 15-18 either « record P(int x, int y) »',
      '  method P>P 16 member « P »',
      '  method P>sum 17 /0 member « int sum() »',
      'type Ann 19-21 either « @interface Ann »',
      '  method Ann>value 20 /0 no-body member « String value() default "x" »',
      'value text 22-24 member « String text »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([]);
    expect(parsed.comments.map(span)).toEqual(['7']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([23, 24]);
  });

  test.each([
    [
      'class A { ; Runnable r = x -> {}, s; }',
      [
        'class A 1 either « class A »',
        '  function A>r 1 /1 shared member « Runnable r = x -> »',
        '  value A>s 1 shared member « Runnable r = x -> {}, s »',
      ],
    ],
    ['@A class B {}', ['class B 1 either « @A class B »']],
    ['public @A class B {}', ['class B 1 either « public @A class B »']],
    [
      'class A { /** d */ @B\n int f() { return 1; } }',
      ['class A 1-2 either « class A »', '  method A>f 1-2 /0 shared member decorators:1 « @B int f() »'],
    ],
  ])('%s', async (source, expected) => {
    const parsed = await parseAs('A.java', source);
    expect(renderDeclarations(parsed.declarations)).toEqual(expected);
  });
});
