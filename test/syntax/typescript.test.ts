import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

describe('TypeScript', () => {
  test('declarations that TypeScript adds', async () => {
    const source = `export interface I<T> {
  a: string;
  m(): void;
}
export type X = {
  a: 1;
};
enum E { A, B }
export const enum G { A }
export declare function f(x: number): void;
declare const foo: string;
let untyped: string;
namespace N.M {
  export const a = 1;
  function g() {}
  describe(() => {
    function within() {}
  });
}
declare module 'm' {
  function k(): void;
}
declare global {
  interface Window { a: 1 }
}
function over(a: string): void;
function over(a: number, b?: string): void;
function over(a: any) {}
const generic = <T,>(x: T): T => x;
const table = {
  go(): void {},
} satisfies Table;
const frozen = (class {}) as Frozen;
`;
    const parsed = await parseAs('a.ts', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'type I 1-4 [export ] « interface I<T> »',
      'type X 5-7 [export ] « type X »',
      'type E 8 « enum E »',
      'type G 9 [export ] « const enum G »',
      'function f 10 /1 no-body [export ] « declare function f(x: number): void »',
      'value foo 11 « declare const foo: string »',
      'value untyped 12 « let untyped: string »',
      'namespace N.M 13-19 « namespace N.M »',
      '  value N>M>a 14 [export ] « const a »',
      '  function N>M>g 15 /0 « function g() »',
      '  function N>M>within 17 /0 local « function within() »',
      "namespace m 20-22 « declare module 'm' »",
      '  function m>k 21 /0 no-body « function k(): void »',
      'namespace global 23-25 « declare global »',
      '  type global>Window 24 « interface Window »',
      'function over 26 /1 no-body « function over(a: string): void »',
      'function over 27 /2 no-body « function over(a: number, b?: string): void »',
      'function over 28 /1 « function over(a: any) »',
      'function generic 29 /1 « const generic = <T,>(x: T): T => »',
      'value table 30-32 « const table »',
      '  method table>go 31 /0 member « go(): void »',
      'class frozen 33 « const frozen = (class »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([]);
    expect(parsed.comments.map(span)).toEqual([]);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([]);
  });

  test('members of a class', async () => {
    const source = `@Component({ a: 1 })
export abstract class C<T> extends B implements I {
  private readonly x: number = 1;
  @Input() name: string;
  @Input()
  other?: string;
  private handler = async (e: E): Promise<void> => {};
  abstract m(): void;
  constructor(private a: string, b = 2) { super(); }
  foo(a: string): void;
  foo(a: any) {}
  @dec()
  bar() {}
  get z(): number { return 1 }
  [key: string]: any;
  // last
}
export default abstract class S {}
`;
    const parsed = await parseAs('a.ts', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'class C 1-17 [export ] decorators:1 « @Component({a: 1}) abstract class C<T> extends B implements I »',
      '  value C>x 3 member « private readonly x: number »',
      '  value C>name 4 member « @Input() name: string »',
      '  value C>other 5-6 member decorators:5 « @Input() other?: string »',
      '  method C>handler 7 /1 member « private handler = async (e: E): Promise<void> => »',
      '  method C>m 8 /0 no-body member « abstract m(): void »',
      '  method C>constructor 9 /2 member « constructor(private a: string, b = 2) »',
      '  method C>foo 10 /1 no-body member « foo(a: string): void »',
      '  method C>foo 11 /1 member « foo(a: any) »',
      '  method C>bar 12-13 /0 member decorators:12 « @dec() bar() »',
      '  method C>z 14 /0 member « get z(): number »',
      'class S 18 [export default ] « abstract class S »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([]);
    expect(parsed.comments.map(span)).toEqual(['16']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([]);
  });

  test('TSX', async () => {
    const source = `export const View = ({ a }: Props) => (
  <p>
    {a /* why */}
  </p>
);
export default function App() {
  const click = useCallback(() => {
    function inner() {}
  }, []);
  return <View a={\`one
two\`} />;
}
`;
    const parsed = await parseAs('a.tsx', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'function View 1-5 /1 [export ] « const View = ({a}: Props) => »',
      'function App 6-12 /0 [export default ] « function App() »',
      '  function App>inner 8 /0 local « function inner() »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([]);
    expect(parsed.comments.map(span)).toEqual([]);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([11]);
  });
});
