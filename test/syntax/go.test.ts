import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

describe('Go', () => {
  test('declarations, alone and in groups', async () => {
    const source = `// Copyright

// Package main is doc.
package main

const Pi = 3.14

const (
	// doc a
	A = iota
	B

	// stray

	C, D = 1, 2
)

var x, y int = 1, 2

var (
	e = errors.New("e")
	h = func(a, b int) {
		go func() {}()
	}
)

// Shape doc.
type Shape struct {
	A int
}

type (
	T1 int
	T2 = string
	I  interface {
		M(a int) error
	}
)

type G[T any] struct{}

// Area doc.
//go:noinline
func (s *Shape) Area(a, b int, c string) (float64, error) {
	text := \`multi
line\`
	inner := func(x int) int {
		return x
	}
	return 0, nil
}

func (G[T]) M() {}

func (g *G[T]) N(...int) {}

func Map[T, U any](xs []T, f func(T) U) []U {
	type local struct {
		a int
	}
	return nil
}

func asm(a int)
`;
    const parsed = await parseAs('a.go', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'value Pi 6 « const Pi »',
      'value A 10 member doc:9 « A »',
      'value B 11 member « B »',
      'value C 15 shared member « C, D »',
      'value D 15 shared member « C, D »',
      'value x 18 shared « var x, y int »',
      'value y 18 shared « var x, y int »',
      'value e 21 member « e »',
      'function h 22-24 /2 member « h = func(a, b int) »',
      'type Shape 28-30 doc:27 « type Shape »',
      'type T1 33 member « T1 »',
      'type T2 34 member « T2 »',
      'type I 35-37 member « I »',
      'type G 40 « type G[T any] »',
      'method Shape>Area 44-51 /3 doc:42-43 « func (s *Shape) Area(a, b int, c string) (float64, error) »',
      '  function Shape>Area>inner 47-49 /1 local « inner := func(x int) int »',
      'method G>M 53 /0 « func (G[T]) M() »',
      'method G>N 55 /1 « func (g *G[T]) N(...int) »',
      'function Map 57-62 /2 « func Map[T, U any](xs []T, f func(T) U) []U »',
      '  type Map>local 58-60 local « type local »',
      'function asm 64 /1 no-body « func asm(a int) »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual(['4 package main']);
    expect(parsed.comments.map(span)).toEqual(['1', '3', '13']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([46]);
  });

  test.each([
    ['func () f() {}', ['method f 1 /0 « func () f() »']],
    ['func (s []T) f() {}', ['method T>f 1 /0 « func (s []T) f() »']],
    ['var f = func(a int) {}', ['function f 1 /1 « var f = func(a int) »']],
    ['var a, f = 1, func() {}', ['value a 1 shared « var a, f »', 'value f 1 shared « var a, f »']],
    ['const ()', []],
    ['func f() {\n\ta, b := func() {}, 1\n\tc := 1\n}', ['function f 1-4 /0 « func f() »']],
  ])('%s', async (source, expected) => {
    const parsed = await parseAs('a.go', source);
    expect(renderDeclarations(parsed.declarations)).toEqual(expected);
  });
});
