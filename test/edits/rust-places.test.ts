import { describe, expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.rs']);

function apply(text: string, code: string) {
  const outcome = applyReply({
    reply: `a.rs\n\`\`\`rust\n${code}\n\`\`\`\n`,
    ending: 'stop',
    files: new Map([['a.rs', { kind: 'text' as const, text }]]),
    offered: ['a.rs'],
    asked: 'named-declaration',
    rules: { parsers },
  });
  if (outcome.kind === 'rejected') return outcome.rejections.map((one) => one.code).join();
  const [change] = outcome.kind === 'applied' ? outcome.changes : [];
  return change !== undefined && 'newText' in change ? change.newText : outcome.kind;
}

const F = 'pub fn f() -> i32 {\n    1\n}\n';
const CHANGED = 'pub fn f() -> i32 {\n    2\n}';

describe('the first import of a Rust file', () => {
  it.each([
    ['', 'struct A;\n\nimpl std::fmt::Debug for A {\n    fn g(&self) {}\n}\n\n'],
    ['', 'mod b;\n\npub const X: i32 = 1;\n\n'],
    ['', '/// Docs of A.\npub struct A;\n\n'],
    ['', 'struct A;\n\n// ---- part ----\n\nstruct B;\n\n'],
    ['', 'mod x {\n    use std::io;\n}\n\n'],
    ['', 'macro_rules! m {\n    () => {};\n}\n\n'],
    ['#![allow(dead_code)]\n\n', 'struct A;\n\n'],
    ['//! Docs.\n//! More.\n\n', 'struct A;\n\n'],
    ['//! Docs.\n\n#![allow(dead_code)]\n#![cfg(x)]\n\n', 'mod b;\n\n'],
    ['// Licence\n\n', '#[derive(Debug)]\npub struct A {\n    x: i32,\n}\n\n'],
    ['#[macro_use]\nextern crate a;\n', '\nstruct B;\n\n'],
  ])('stands behind %j and before %j', (head, items) => {
    const gap = items.startsWith('\n') ? '' : '\n';
    expect(apply(head + items + F, `use std::fmt;\n\n${CHANGED}`)).toBe(
      `${head}use std::fmt;\n${gap}${items}${CHANGED}\n`,
    );
  });
});

const T1 = '    #[test]\n    fn t1() {\n        assert_eq!(f(), 1);\n    }\n';
const TESTS = `#[cfg(test)]\nmod tests {\n    use super::*;\n\n${T1}}\n`;
const T2 = '#[test]\nfn t2() {\n    assert_ne!(f(), 2);\n}';
const INSIDE = `${T1}\n${T2.replace(/^/gm, '    ')}\n`;

describe('a new Rust test that is sent alone', () => {
  it('goes into the module of tests', () => {
    expect(apply(`${F}\n${TESTS}`, T2)).toBe(`${F}\n${TESTS.replace(T1, INSIDE)}`);
    expect(apply(`${F}\n${TESTS}`, T2.replace('#[test]', '#[tokio::test]'))).toBe(
      `${F}\n${TESTS.replace(T1, INSIDE.replace('#[test]\n    fn t2', '#[tokio::test]\n    fn t2'))}`,
    );
  });

  it('does so beside what changes outside of it, and behind the test that it follows', () => {
    expect(apply(`${F}\n${TESTS}`, `${CHANGED}\n\n${T2}`)).toBe(`${CHANGED}\n\n${TESTS.replace(T1, INSIDE)}`);
    const t0 = T1.replace('t1', 't0');
    const first = '#[test]\nfn t0() {\n    assert_eq!(f(), 3);\n}';
    const text = TESTS.replace(T1, `${t0}\n${T1}`);
    expect(apply(`${F}\n${text}`, `${first}\n\n${T2}`)).toBe(
      `${F}\n${TESTS.replace(T1, `${t0.replace('1);', '3);')}\n${T2.replace(/^/gm, '    ')}\n\n${T1}`)}`,
    );
  });

  it('never takes the place of the function of its name', () => {
    const code = '#[test]\nfn f() {\n    assert_eq!(super::f(), 1);\n}';
    expect(apply(`${F}\n${TESTS}`, code)).toBe('ambiguous');
    const named = `${F}\n${TESTS.replace('t1', 'f')}`;
    expect(apply(named, code)).toBe(named.replace('assert_eq!(f()', 'assert_eq!(super::f()'));
  });

  it.each([
    ['has no such module', F],
    ['has a test outside of it', `${F}\n${T2.replace('t2', 't0')}\n\n${TESTS}`],
    ['has two of them', `${F}\n${TESTS}\n${TESTS.replace('mod tests', 'mod more').replace('t1', 't3')}`],
    ['has one that does not see its names', `${F}\n${TESTS.replace('use super::*;', 'use super::g;')}`],
    ['has one without tests', `${F}\n${TESTS.replace('    #[test]\n', '')}`],
  ])('stands at the top where the file %s', (_, text) => {
    expect(apply(text, T2)).toMatch(/^#\[test\]\nfn t2/m);
  });
});
