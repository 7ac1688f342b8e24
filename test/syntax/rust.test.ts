import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

describe('Rust', () => {
  test('items', async () => {
    const source = `//! Crate docs.
#![allow(dead_code)]

mod other;
pub mod inner {
    //! inner doc
    use super::*;
    pub fn f() {}
}

/// Doc.
#[derive(Debug, Clone)]
#[repr(C)]
pub struct Shape<'a, T: X> where T: Y {
    a: &'a T,
}
pub struct Unit;
enum E { A, B(i32) }
union U { a: i32 }
const MAX: i32 = 3;
static mut S: &str = r#"raw
x"#;
type Al<T> = Vec<T>;
macro_rules! m { () => { 1 }; }
#[macro_export]
macro_rules! m2 {
    () => {};
}
thread_local! { static X: i32 = 1; }
extern "C" {
    fn ext(a: i32);
}
async fn main() {}
pub(crate) const fn k() {}
#[cfg(test)] mod tests {
    #[test]
    fn t() {}
}
`;
    const parsed = await parseAs('a.rs', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'namespace other 4 no-body « mod other »',
      'namespace inner 5-9 [pub ] « mod inner »',
      '  function inner>f 8 /0 either [pub ] « fn f() »',
      "type Shape 12-16 [pub ] doc:11 decorators:12-13 « #[derive(Debug, Clone)] #[repr(C)] struct Shape<'a, T: X> where T: Y »",
      'type Unit 17 [pub ] « struct Unit »',
      'type E 18 « enum E »',
      'type U 19 « union U »',
      'value MAX 20 either « const MAX: i32 »',
      'value S 21-22 « static mut S: &str »',
      'type Al 23 either « type Al<T> = Vec<T> »',
      'function m 24 « macro_rules! m »',
      'function m2 25-28 decorators:25 « #[macro_export] macro_rules! m2 »',
      'function ext 31 /1 no-body either « fn ext(a: i32) »',
      'function main 33 /0 either « async fn main() »',
      'function k 34 /0 either [pub(crate) ] « const fn k() »',
      'namespace tests 35-38 « #[cfg(test)] mod tests »',
      '  function tests>t 36-37 /0 either decorators:36 « #[test] fn t() »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([
      '2 #![allow(dead_code)]',
      '29 thread_local! {static X: i32 = 1;}',
    ]);
    expect(parsed.comments.map(span)).toEqual(['1', '6']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([22]);
  });

  test('impl blocks and traits', async () => {
    const source = `impl<'a, T> Shape<'a, T> {
    const N: usize = 1;
    type X = i32;
    // stray

    /// m
    #[inline]
    pub fn area(&self, k: i32) -> f64 where T: Z {
        fn helper() {
        }
        let c = |x| {
            x
        };
        0.0
    }
    pub(in crate::a) unsafe extern "C" fn z() {}
}
impl<T> fmt::Display for Shape<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a
  b")
    }
}
impl From<a::B> for C {}
impl From<D> for C {}
unsafe impl Send for &Unit {}
pub trait Tr: A + B {
    const C: i32;
    type T;
    fn need(&self) -> i32;
    fn given(&mut self, a: u8) {}
}
`;
    const parsed = await parseAs('a.rs', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      "class impl Shape 1-17 « impl<'a, T> Shape<'a, T> »",
      '  value Shape>N 2 either « const N: usize »',
      '  type Shape>X 3 either « type X = i32 »',
      '  method Shape>area 7-15 /2 member [pub ] doc:6 decorators:7 « #[inline] fn area(&self, k: i32) -> f64 where T: Z »',
      '    function Shape>area>helper 9-10 /0 local either « fn helper() »',
      '    function Shape>area>c 11-13 /1 local « let c = |x| »',
      '  method Shape>z 16 /0 either [pub(in crate::a) ] « unsafe extern "C" fn z() »',
      "class impl Display for Shape 18-23 « impl<T> fmt::Display for Shape<'_, T> »",
      "  method Display for Shape>fmt 19-22 /2 member « fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result »",
      'class impl From<a::B> for C 24 « impl From<a::B> for C »',
      'class impl From<D> for C 25 « impl From<D> for C »',
      'class impl Send for &Unit 26 « unsafe impl Send for &Unit »',
      'type Tr 27-32 [pub ] « trait Tr: A + B »',
      '  value Tr>C 28 either « const C: i32 »',
      '  type Tr>T 29 member « type T »',
      '  method Tr>need 30 /1 no-body member « fn need(&self) -> i32 »',
      '  method Tr>given 31 /2 member « fn given(&mut self, a: u8) »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([]);
    expect(parsed.comments.map(span)).toEqual(['4']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([21]);
  });

  test.each([
    ['fn f() {\n    let (a, b) = 1;\n    let c = 2;\n}', ['function f 1-4 /0 either « fn f() »']],
    ['impl dyn a::B {}', ['class impl B 1 « impl dyn a::B »']],
    [
      'impl<T> a::B<T> for (T, c::D) {}',
      ['class impl B<T> for (T, c::D) 1 « impl<T> a::B<T> for (T, c::D) »'],
    ],
    [';\nstruct A;', ['type A 2 « struct A »']],
  ])('%s', async (source, expected) => {
    const parsed = await parseAs('a.rs', source);
    expect(renderDeclarations(parsed.declarations)).toEqual(expected);
  });
});
