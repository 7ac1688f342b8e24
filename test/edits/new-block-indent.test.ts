import { expect, it } from 'vitest';
import { applyReply } from '../../src/edits/apply-reply.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

const parsers = await loadParsers(['a.js']);

it('a new block that ends where old lines ended keeps its own indentation', () => {
  const text = [
    'function f(list) {',
    '    let at = 0;',
    '',
    '    while (list.a) {',
    '        next = list.a;',
    '        while (list.b) {',
    '            map[0] = at;',
    '            map[1] = at;',
    '            at += 1;',
    '        }',
    '    }',
    '',
    '    return list;',
    '}',
    '',
  ].join('\n');
  const block = '            if (x) {\n                k(list);\n            }\n            map[2]';
  const fresh = text
    .replace('            map[1]', block)
    .replace('+= 1', '+= 2')
    .replace('return list', 'return at');
  const outcome = applyReply({
    reply: `a.js\n\`\`\`js\n${fresh.trimEnd().replace(/^/gm, '        ')}\n\`\`\`\n`,
    ending: 'stop',
    files: new Map([['a.js', { kind: 'text' as const, text }]]),
    offered: ['a.js'],
    asked: 'named-declaration',
    rules: { parsers },
  });
  expect(outcome).toMatchObject({ kind: 'applied', changes: [{ newText: fresh }] });
});
