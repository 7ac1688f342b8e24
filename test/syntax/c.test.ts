import { describe, expect, test } from 'vitest';

import { parseAs, renderDeclarations, span } from './outline-text.js';

describe('C', () => {
  test('declarations, under conditions too', async () => {
    const source = `/* Licence */
#ifndef X_H
#define X_H
#define MAX 10
#define SQ(x, y) ((x) * \\
  (y))
typedef struct point { int x; } Point;
typedef struct Same { int x; } Same;
typedef int (*cb)(int, void *);
struct node {
  int a;
  struct node *next;
};
struct fwd;
enum color { RED, GREEN };
extern int counter;
static const char *names[] = { "a", "b" };
int a = 1, b = 2;
struct pair { int l; } origin;
int proto(int a, char *b);
/* doc */
static inline int add(int a, int b)
{
  return a + b;
}
char *ptr(void) { return "x\\
y"; }
int (*fp(int a))(int) { return 0; }
#ifdef WIN
int plat(void) { return 1; }
#elif defined(MAC)
int plat(void) { return 3; }
#else
int plat(void) { return 2; }
#endif
#ifdef __cplusplus
extern "C" {
#endif
void ext(void);
#ifdef __cplusplus
}
#endif
__attribute__((noreturn)) void die(int code, ...) { }
DEFINE_THING(a);
#endif
`;
    const parsed = await parseAs('a.c', source);
    expect(parsed.faults).toEqual([]);
    expect(renderDeclarations(parsed.declarations)).toEqual([
      'value X_H 3 « #define X_H »',
      'value MAX 4 « #define MAX »',
      'value SQ 5-6 /2 « #define SQ(x, y) »',
      'type Point 7 « typedef struct point »',
      'class point 7 shared either « typedef struct point »',
      '  value point>x 7 shared member « int x »',
      'type Same 8 « typedef struct Same »',
      'type cb 9 « typedef int (*cb)(int, void *) »',
      'class node 10-13 either « struct node »',
      '  value node>a 11 member « int a »',
      '  value node>next 12 member « struct node *next »',
      'class fwd 14 no-body either « struct fwd »',
      'type color 15 either « enum color »',
      'value counter 16 « extern int counter »',
      'value names 17 « static const char *names[] »',
      'value a 18 shared « int a »',
      'value b 18 shared « int a = 1, b »',
      'value origin 19 « struct pair {int l;} origin »',
      'class pair 19 shared either « struct pair »',
      '  value pair>l 19 shared member « int l »',
      'function proto 20 /2 no-body « int proto(int a, char *b) »',
      'function add 22-25 /2 either doc:21 « static inline int add(int a, int b) »',
      'function ptr 26-27 /0 either « char *ptr(void) »',
      'function fp 28 /1 either « int (*fp(int a))(int) »',
      'function plat 30 /0 either « int plat(void) »',
      'function plat 32 /0 either « int plat(void) »',
      'function plat 34 /0 either « int plat(void) »',
      'function ext 39 /0 no-body « void ext(void) »',
      'function die 43 /2 either « __attribute__((noreturn)) void die(int code, ...) »',
    ]);
    expect(parsed.statements.map((each) => `${span(each.lines)} ${each.text}`)).toEqual([
      '44 DEFINE_THING(a);',
    ]);
    expect(parsed.comments.map(span)).toEqual(['1']);
    expect([...parsed.inString].map((line) => line + 1)).toEqual([27]);
  });
});
