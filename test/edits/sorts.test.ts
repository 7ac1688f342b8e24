import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.js', 'A.java', 'a.c', 'a.cpp', 'a.rs', 'a.py', 'a.go']);

function apply(path: string, text: string, code: string) {
  const outcome = applyReply({
    reply: `${path}\n\`\`\`\n${code}\n\`\`\`\n`,
    ending: 'stop',
    files: new Map([[path, { kind: 'text' as const, text }]]),
    offered: [path],
    asked: 'named-declaration',
    rules: { parsers },
  });
  if (outcome.kind === 'rejected') return outcome.rejections.map(({ code: name }) => name);
  const [change] = outcome.kind === 'applied' ? outcome.changes : [];
  return change !== undefined && 'newText' in change ? change.newText : outcome.kind;
}

const FIELD = 'class A {\n  private final String name;\n\n  public String hi() {\n    return name;\n  }\n}\n';

describe('what shares a name and is another thing', () => {
  it('a Java method goes beside the field of its name', () => {
    const accessor = '  public String name() {\n    return name;\n  }';
    const result = apply('A.java', FIELD, `class A {\n${accessor}\n}`);
    expect(result).toContain('private final String name;');
    expect(result).toContain(accessor);
  });

  it.each([
    [
      'enum',
      'enum E {\n  ONE(1);\n\n  final int v;\n\n  E(int v) {\n    this.v = v;\n  }\n}\n',
      'enum E {\n  ONE, TWO\n}',
    ],
    [
      'class',
      'class A extends B {\n  A() {\n    super();\n  }\n\n  int f() {\n    return 1;\n  }\n}\n',
      'class A extends C {\n}',
    ],
  ])('a Java %s without members never takes the place of its constructor', (_, text, code) => {
    expect(apply('A.java', text, code)).toEqual(['dropped-declarations']);
  });

  it('a C struct goes beside the function of its name', () => {
    const text = 'int stat(const char *p) {\n  return p[0];\n}\n';
    expect(apply('a.c', text, 'struct stat {\n  int a;\n};')).toContain(text);
  });

  it('a Rust function does not replace a macro', () => {
    const text = 'macro_rules! sum {\n    ($x:expr) => {\n        $x + 1\n    };\n}\n';
    expect(apply('a.rs', text, 'fn sum(x: i32) -> i32 {\n    x\n}')).toContain(text);
  });

  it('an object with functions is not replaced by a function of its name', () => {
    const text = 'const api = {\n  get() {\n    return 1;\n  },\n  del() {\n    return 2;\n  },\n};\n';
    expect(apply('a.js', text, 'function api() {\n  return 3;\n}')).toEqual(['ambiguous']);
  });

  it.each(['struct A {\n  int f(int x) {\n    return x + 1;\n  }\n};', 'int f(int x) {\n  return x + 1;\n}'])(
    'a C++ member that is defined outside its class must be sent so: %s',
    (code) => {
      const text = 'struct A {\n  int f(int x);\n};\n\nint A::f(int x) {\n  return x;\n}\n';
      expect(apply('a.cpp', text, code)).toEqual(['ambiguous']);
    },
  );

  it('and is replaced where it is', () => {
    const text = 'struct A {\n  int f(int x);\n};\n\nint A::f(int x) {\n  return x;\n}\n';
    const code = 'int A::f(int x) {\n  return x + 1;\n}';
    expect(apply('a.cpp', text, code)).toBe(text.replace('return x;', 'return x + 1;'));
  });

  it('one overload does not replace another, but takes another name for a parameter', () => {
    const text = 'class A {\n  int f(int x) {\n    return x;\n  }\n}\n';
    const other = 'class A {\n  int f(String x) {\n    return 1;\n  }\n}';
    expect(apply('A.java', text, other)).toEqual(['ambiguous']);
    const renamed = 'class A {\n  int f(int value) {\n    return value;\n  }\n}';
    expect(apply('A.java', text, renamed)).toBe(`${renamed}\n`);
  });
});

describe('what stays although the reply does not show it', () => {
  it('a directive and a licence above a function', () => {
    const text = '// @ts-expect-error legacy\nfunction f() {\n  return 1;\n}\n';
    expect(apply('a.js', text, '// Returns two.\nfunction f() {\n  return 2;\n}')).toBe(
      '// Returns two.\n// @ts-expect-error legacy\nfunction f() {\n  return 2;\n}\n',
    );
    const licensed = '// Copyright X\nfunction f() {\n  return 1;\n}\n';
    expect(apply('a.js', licensed, '// Returns two.\nfunction f() {\n  return 2;\n}')).toContain(
      'Copyright X',
    );
  });

  it('the numbers of a group of constants', () => {
    const text =
      'package a\n\ntype S int\n\nconst (\n\tOpen S = iota\n\tClosed\n)\n\nfunc F() int {\n\treturn 1\n}\n';
    const code = 'const (\n\tOpen S = iota\n\tPaused\n)';
    expect(apply('a.go', text, code)).toEqual(['not-found']);
  });

  it('conditions around includes and imports', () => {
    const c =
      '#include <stdio.h>\n#ifdef X\n#include <math.h>\n#endif\n\nint f(void) {\n  return 1;\n}\n\nint g(void) {\n  return 2;\n}\n';
    const added = apply('a.c', c, '#include <math.h>\n#include "a.h"\n\nint f(void) {\n  return 3;\n}');
    expect(added).toContain('#include <stdio.h>\n#include <math.h>\n#include "a.h"\n#ifdef X\n');
    const py =
      'try:\n    import json5 as json\nexcept ImportError:\n    import json\n\n\ndef load(text):\n    return json.loads(text)\n\n\ndef dump(value):\n    return json.dumps(value)\n';
    const result = apply(
      'a.py',
      py,
      'import json\nimport os\n\n\ndef load(text):\n    return json.loads(os.fspath(text))',
    );
    expect(result).toContain('import os\n');
    expect(String(result).match(/import json$/gmu)).toHaveLength(1);
  });
});
