import { expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyInput, Rejection } from '../../src/edits/types.js';

function applyTo(files: Record<string, string>, reply: string, ending: ApplyInput['ending'] = 'stop') {
  return applyReply({
    reply,
    ending,
    files: new Map(Object.entries(files).map(([path, text]) => [path, { kind: 'text', text }])),
    offered: Object.keys(files),
  });
}

function rejections(...given: Parameters<typeof applyTo>): Rejection[] {
  const outcome = applyTo(...given);
  return outcome.kind === 'rejected' ? outcome.rejections : [];
}

it('a name in another Unicode form does not differ in upper and lower case', () => {
  const [rejection] = rejections({ 'caf\u00e9.js': 'a();\n' }, 'cafe\u0301.js\n```js\nb();\n```\n');
  expect(rejection?.feedback).toContain('differs from caf\u00e9.js in the Unicode characters of its accents');
});

const FILE = { 'src/a.js': 'one();\nconst a = 1;\ntwo();\n\none();\nconst a = 1;\ntwo();\n' };
const fence = (...lines: string[]) => ['```diff', ...lines, '```', ''].join('\n');
const DIFF = ['--- a/src/a.js', '+++ b/src/a.js', '@@'];
const search = (old: string, fresh: string) =>
  `src/a.js\n<<<<<<< SEARCH\n${old}\n=======\n${fresh}\n>>>>>>> REPLACE\n`;

it.each([
  ['only adds', fence(...DIFF, '+const c = 3;')],
  ['old lines that are nowhere', fence(...DIFF, '-const z = 9;', '+const c = 3;')],
  ['a search part that is nowhere', search('let z = 9;', 'let z = 10;')],
  ['a search part at two places', search('one();\nconst a = 1;\ntwo();', 'one();\nconst a = 2;\ntwo();')],
])('one edit is refused in the same words while the reply is open: %s', (_, reply) => {
  const [early] = rejections(FILE, reply, 'open');
  expect(early).toEqual(rejections(FILE, reply)[0]);
});

it('an edit has the same number while the reply is open, whatever stands between', () => {
  const files = { 'src/a.js': 'one();\ntwo();\nthree();\n', 'src/b.js': 'four();\n' };
  const withoutPath = search('three();', 'four();').replace('src/a.js\n', '\n');
  const reply = `${search('one();', 'five();')}${withoutPath}\n${search('nowhere();', 'six();')}`;
  const [early] = rejections(files, reply, 'open');
  expect(early?.message).toMatch(/^Edit 3 of /);
  expect(early).toEqual(rejections(files, reply)[0]);
});

it.each([
  ['a patch', '*** Begin Patch\n*** Update File: src/a.js\n@@\n-nowhere();\n+five();\n@@\n'],
  ['a diff', fence(...DIFF, '-nowhere();', '+five();', '@@ -5 +5 @@').replace(/```\n$/, '')],
])('%s is refused at the header of the next hunk, if one hunk has no place', (_, reply) => {
  expect(rejections(FILE, reply, 'open')[0]?.code).toBe('not-found');
  expect(rejections(FILE, reply.replace(/@@[^@]*(?:@@)?\n$/, ''), 'open')).toEqual([]);
});
