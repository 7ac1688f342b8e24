import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

describe('Python', () => {
  test('declarations and statements', async () => {
    const source = `#!/usr/bin/env python
"""Module doc
over lines."""
from x import a

__all__ = ["a"]
MAX: int = 3
a, b = 1, 2
(c, d) = f()
x.y = 3
x += 1
double = lambda n, m=1: n
none = lambda: 0
text = f"""one
two {
    f(1)
} three
"""
type Alias[T] = list[T]

# doc
@dec
@dec2(1)
async def f(a, /, *args, b=1, **kw) -> int:
    """Doc
    string."""
    def inner():
        pass
    if a:
        class Local:
            def m(self): pass
    return 1
    # trailing
# doc of g
def g(): return 1

try:
    import json
    def fallback():
        pass
except ImportError:
    json = None
if __name__ == "__main__":
    f()
`;
    const parsed = await parseAs('a.py', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'assignment __all__ 6 either « __all__ »',
      'value MAX 7 either « MAX: int »',
      'value a 8 shared either « a, b »',
      'value b 8 shared either « a, b »',
      'value c 9 shared either « (c, d) »',
      'value d 9 shared either « (c, d) »',
      'value double 12 /2 either « double »',
      'value none 13 /0 either « none »',
      'value text 14-18 either « text »',
      'type Alias 19 either « type Alias[T] = list[T] »',
      'function f 22-33 /4 either doc:21 decorators:22-23 « @dec @dec2(1) async def f(a, /, *args, b=1, **kw) -> int »',
      '  function f>inner 27-28 /0 local either « def inner() »',
      '  class f>Local 30-31 local either « class Local »',
      '    method f>Local>m 31 /1 local either « def m(self) »',
      'function g 35 /0 either doc:34 « def g() »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([
      '2-3 """Module doc over lines."""',
      '10 x.y = 3',
      '11 x += 1',
      '37-42 try: import json def fallback(): pass except ImportError: json = None',
      '43-44 if __name__ == "__main__": f()',
    ]);
    expect(parsed.statements.flatMap((each) => renderDeclarations(each.members))).toEqual([
      'function fallback 39-40 /0 either « def fallback() »',
    ]);
    expect(parsed.comments.map(span)).toEqual(['1']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([15, 18]);
  });

  test('a class and what stands in it', async () => {
    const source = `class A(B, metaclass=M):
    """Doc."""
    X = 1
    y: int

    @property
    def p(self):
        return 1

    # stray

    @p.setter
    def p(self, v):
        pass

    # doc
    class In:
        def q(self): pass

    if True:
        def cond(self):
            pass
    # end
`;
    const parsed = await parseAs('a.py', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'class A 1-23 either « class A(B, metaclass=M) »',
      '  value A>X 3 either « X »',
      '  value A>y 4 either « y: int »',
      '  method A>p 6-8 /1 either decorators:6 « @property def p(self) »',
      '  method A>p 12-14 /2 either decorators:12 « @p.setter def p(self, v) »',
      '  class A>In 17-18 either doc:16 « class In »',
      '    method A>In>q 18 /1 either « def q(self) »',
      '  function A>cond 21-22 /1 either « def cond(self) »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([]);
    expect(parsed.comments.map(span)).toEqual(['10', '23']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([]);
  });

  test.each([
    ['[a, b] = f()', []],
    ['(a.b, c[0]) = f()', []],
    ['a = b = 1', ['value a 1 either « a »']],
    ['x: int', ['value x 1 either « x: int »']],
    ['def f(a, *, b): pass', ['function f 1 /2 either « def f(a, *, b) »']],
    ['async def f():\n    pass', ['function f 1-2 /0 either « async def f() »']],
    ['@d\nclass A: pass', ['class A 1-2 either decorators:1 « @d class A »']],
    ['def f(): pass; x = 1', ['function f 1 /0 either « def f() »']],
    ['a = 1; b = 2', ['value a 1 shared either « a »', 'value b 1 shared either « b »']],
    ['    # indented\ndef f(): pass', ['function f 2 /0 either « def f() »']],
  ])('%s', async (source, expected) => {
    const parsed = await parseAs('a.py', source);
    expect(renderDeclarations(parsed.declarations)).toEqual(expected);
  });
});
