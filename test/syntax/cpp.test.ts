import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

describe('C++', () => {
  test('classes and namespaces', async () => {
    const source = `#pragma once
using Vec = std::vector<int>;
namespace a::b {
// doc
template <typename T>
class Shape : public Base {
public:
  Shape(int a) : a_(a) {}
  explicit Shape();
  ~Shape();
  virtual int area() const = 0;
  int w() const { return 1; }
  bool operator==(const Shape &o) const { return true; }
  operator bool() const;
  int operator()(int a) { return a; }
  static int count;
  int a_ = 1;
  struct In { int q; };
  enum class E { A };
  friend class X;
  // stray

  template <class U> void t(U u) {}
  using V = int;
  Shape &operator=(const Shape &) = default;
  [[nodiscard]] int nd() { return 1; }
};
namespace {
int hidden;
void f() {}
}
}
`;
    const parsed = await parseAs('a.cpp', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'type Vec 2 either « using Vec »',
      'namespace a::b 3-32 « namespace a::b »',
      '  class a>b>Shape 5-27 either doc:4 « template <typename T> class Shape : public Base »',
      '    method a>b>Shape>Shape 8 /1 member « Shape(int a) »',
      '    method a>b>Shape>Shape 9 /0 no-body member « explicit Shape() »',
      '    method a>b>Shape>~Shape 10 /0 no-body member « ~Shape() »',
      '    method a>b>Shape>area 11 /0 no-body member « virtual int area() const = 0 »',
      '    method a>b>Shape>w 12 /0 member « int w() const »',
      '    method a>b>Shape>operator== 13 /1 member « bool operator==(const Shape &o) const »',
      '    method a>b>Shape>operator bool 14 /0 no-body member « operator bool() const »',
      '    method a>b>Shape>operator() 15 /1 either « int operator()(int a) »',
      '    value a>b>Shape>count 16 member « static int count »',
      '    value a>b>Shape>a_ 17 member « int a_ »',
      '    class a>b>Shape>In 18 either « struct In »',
      '      value a>b>Shape>In>q 18 shared member « int q »',
      '    type a>b>Shape>E 19 either « enum class E »',
      '    method a>b>Shape>t 23 /1 either « template <class U> void t(U u) »',
      '    type a>b>Shape>V 24 either « using V »',
      '    method a>b>Shape>operator= 25 /1 no-body either « Shape &operator=(const Shape &) = default »',
      '    method a>b>Shape>nd 26 /0 either « [[nodiscard]] int nd() »',
      '  value a>b>hidden 29 « int hidden »',
      '  function a>b>f 30 /0 either « void f() »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual(['1 #pragma once']);
    expect(parsed.comments.map(span)).toEqual(['21']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([]);
  });

  test('what stands outside of classes', async () => {
    const source = `int Shape::area() const { return 1; }
template <typename T>
T Shape<T>::get(int a) { return a; }
a::b::Shape::Shape(int a) : x(a) {
}
Shape::~Shape() {}
bool Shape::operator <(const Shape &o) { return 1; }
Shape::operator bool() const { return 1; }
int Shape::count = 0;
std::ostream &operator<<(std::ostream &os, const Shape &s) { return os; }
auto lam = [](int a) { return a; };
template <typename T> struct Pair { T a; };
template <> struct Pair<int> { };
template <typename T> template <typename U> void Pair<T>::set(U u) {}
extern "C" { void cfun(int); }
extern "C" void g();
template <typename T> concept C = true;
auto tr(int a) -> int {
  auto local = [&](int b) {
    return b;
  };
  Shape s(1);
  struct Inner {
    int x;
  };
}
const char *raw = R"(a
b)";
static_assert(true);
`;
    const parsed = await parseAs('a.cpp', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'method Shape>area 1 /0 « int Shape::area() const »',
      'method Shape>get 2-3 /1 « template <typename T> T Shape<T>::get(int a) »',
      'method a>b>Shape>Shape 4-5 /1 « a::b::Shape::Shape(int a) »',
      'method Shape>~Shape 6 /0 « Shape::~Shape() »',
      'method Shape>operator< 7 /1 « bool Shape::operator <(const Shape &o) »',
      'method Shape>operator bool 8 /0 « Shape::operator bool() const »',
      'value Shape>count 9 « int Shape::count »',
      'function operator<< 10 /2 either « std::ostream &operator<<(std::ostream &os, const Shape &s) »',
      'function lam 11 /1 « auto lam = [](int a) »',
      'class Pair 12 either « template <typename T> struct Pair »',
      '  value Pair>a 12 shared member « T a »',
      'class Pair<int> 13 either « template <> struct Pair<int> »',
      'method Pair>set 14 /1 « template <typename T> template <typename U> void Pair<T>::set(U u) »',
      'function cfun 15 /1 shared no-body « void cfun(int) »',
      'function g 16 /0 no-body « extern "C" void g() »',
      'type C 17 either « template <typename T> concept C = true »',
      'function tr 18-26 /1 either « auto tr(int a) -> int »',
      '  function tr>local 19-21 /1 local « auto local = [&](int b) »',
      '  class tr>Inner 23-25 local either « struct Inner »',
      '    value tr>Inner>x 24 local member « int x »',
      'value raw 27-28 « const char *raw »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([
      '29 static_assert(true);',
    ]);
    expect(parsed.comments.map(span)).toEqual([]);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([28]);
  });

  test.each([
    ['Shape::Shape() try : a(1) {\n} catch (...) {\n}', ['method Shape>Shape 1-3 /0 « Shape::Shape() »']],
    ['int f() try {\n} catch (...) {\n}', ['function f 1-3 /0 either « int f() »']],
    ['auto [a, b] = pair;', ['value b 1 « auto [a, b] »']],
    [
      'typedef struct { int a; } A, *B;',
      ['type A 1 « typedef struct »', 'type B 1 shared « typedef struct »'],
    ],
    ['struct { int a; } only;', ['value only 1 « struct {int a;} only »']],
    [
      'int a, *b, c[2];',
      [
        'value a 1 shared « int a, *b, c[2] »',
        'value b 1 shared « int a, *b, c[2] »',
        'value c 1 shared « int a, *b, c[2] »',
      ],
    ],
    ['void (*handler)(int) = 0;', ['value handler 1 « void (*handler)(int) »']],
    [
      'void Shape::swap(Shape &o) noexcept {}',
      ['method Shape>swap 1 /1 « void Shape::swap(Shape &o) noexcept »'],
    ],
    [
      'inline namespace v1 {\nclass Q;\n}',
      ['namespace v1 1-3 « inline namespace v1 »', '  class v1>Q 2 no-body either « class Q »'],
    ],
    [
      'void *operator new(size_t n) { return 0; }',
      ['function operator new 1 /1 either « void *operator new(size_t n) »'],
    ],
    ['namespace a = b;', []],
    ['template class Shape<int>;', []],
  ])('%s', async (source, expected) => {
    const parsed = await parseAs('a.cpp', source);
    expect(renderDeclarations(parsed.declarations)).toEqual(expected);
  });
});
