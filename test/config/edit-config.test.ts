import { assert, boolean, constantFrom, property, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setRoleModel } from '../../src/config/edit-config.js';
import { parseConfig } from '../../src/config/parse-config.js';

describe('setRoleModel', () => {
  it.each<[string, string, string]>([
    ['no file', '', 'coder:\n  model: new:7b\n'],
    ['comments alone', '# mine\n', '# mine\ncoder:\n  model: new:7b\n'],
    ['comments alone, without an end', '# mine', '# mine\ncoder:\n  model: new:7b'],
    ['an empty document', '---\n', '---\ncoder:\n  model: new:7b\n'],
    [
      'a plain name',
      'coder:\n  model: old # why\n  context: 4096\n',
      'coder:\n  model: new:7b # why\n  context: 4096\n',
    ],
    ['double quotes', 'coder: # c\n  model: "old"\n', 'coder: # c\n  model: "new:7b"\n'],
    ['single quotes', "coder:\n  'model': 'old'\n", "coder:\n  'model': 'new:7b'\n"],
    [
      'a list',
      'coder:\n  model: # best first\n    - old:7b # slow\n    - "small:1b"\n',
      'coder:\n  model: # best first\n    - new:7b # slow\n    - "small:1b"\n',
    ],
    [
      'a list that has it further down',
      'coder:\n  model: [old:7b, mid, "new:7b"] # c\n',
      'coder:\n  model: [new:7b, mid, "old:7b"] # c\n',
    ],
    ['a list that begins with it', 'coder: { model: [new:7b, old] }\n', 'coder: { model: [new:7b, old] }\n'],
    ['odd blanks', 'coder:\n     model   :    old   \n\n\n', 'coder:\n     model   :    new:7b   \n\n\n'],
    [
      'Windows',
      'base: main\r\ncoder:\r\n  context: 4096\r\n',
      'base: main\r\ncoder:\r\n  model: new:7b\r\n  context: 4096\r\n',
    ],
    ['Windows, no role', 'base: main\r\n', 'base: main\r\ncoder:\r\n  model: new:7b\r\n'],
    ['a byte order mark', '\uFEFFcoder:\n  model: old\n', '\uFEFFcoder:\n  model: new:7b\n'],
    ['a byte order mark alone', '\uFEFF', '\uFEFFcoder:\n  model: new:7b\n'],
    ['no last line end', 'coder:\n  model: old', 'coder:\n  model: new:7b'],
    ['no last line end, no role', 'base: main', 'base: main\ncoder:\n  model: new:7b'],
    [
      'no model yet',
      'coder:\n  # tokens\n  context: 4096\n',
      'coder:\n  model: new:7b\n  # tokens\n  context: 4096\n',
    ],
    ['an empty model', 'coder:\n  model:   # none\n', 'coder:\n  model: new:7b   # none\n'],
    ['a model of nothing', 'coder:\n  model: ~\n', 'coder:\n  model: new:7b\n'],
    [
      'an empty role',
      'coder: # later\n  # model: x\nbase: main\n',
      'coder: # later\n  model: new:7b\n  # model: x\nbase: main\n',
    ],
    ['an empty role at the end', 'coder:', 'coder:\n  model: new:7b'],
    ['a role of nothing', 'coder: null # c\n', 'coder: { model: new:7b } # c\n'],
    ['braces', 'coder: { model: old, context: 4096 }\n', 'coder: { model: new:7b, context: 4096 }\n'],
    ['braces without a model', 'coder: {context: 4096}\n', 'coder: {model: new:7b, context: 4096}\n'],
    ['empty braces', 'coder: {}\n', 'coder: { model: new:7b }\n'],
    [
      'braces over lines',
      'coder: {\n  context: 4096,\n}\n',
      'coder: { model: new:7b,\n  context: 4096,\n}\n',
    ],
    ['a file in braces', '{ base: main }\n', '{ coder: { model: new:7b }, base: main }\n'],
    ['JSON', '{"coder": {"model": "old"}}', '{"coder": {"model": "new:7b"}}'],
    ['an empty role in braces', '{ coder: , base: main }\n', '{ coder: { model: new:7b } , base: main }\n'],
    [
      'an indented file',
      '  base: main\n  coder:\n      context: 4096\n',
      '  base: main\n  coder:\n      model: new:7b\n      context: 4096\n',
    ],
    ['an indented file, no role', '  base: main\n', '  base: main\n  coder:\n    model: new:7b\n'],
    [
      'marks of the document',
      '%YAML 1.2\n---\nbase: main\n...\n',
      '%YAML 1.2\n---\nbase: main\ncoder:\n  model: new:7b\n...\n',
    ],
    [
      'a block',
      'coder:\n  model: >-\n    old\n  context: 4096\n',
      'coder:\n  model: new:7b\n  context: 4096\n',
    ],
    [
      'the end of an anchor',
      'overseer:\n  model: &m old\ncoder:\n  model: *m\n',
      'overseer:\n  model: &m old\ncoder:\n  model: new:7b\n',
    ],
    [
      'a merge',
      'overseer: &o\n  model: old\ncoder:\n  <<: *o\n  context: 4096\n',
      'overseer: &o\n  model: old\ncoder:\n  model: new:7b\n  <<: *o\n  context: 4096\n',
    ],
    [
      'a block of text before it',
      'checks:\n  - |\n    a\n    b\n\n',
      'checks:\n  - |\n    a\n    b\n\ncoder:\n  model: new:7b\n',
    ],
    [
      'the name in a comment and in text',
      '# coder: x\nchecks: ["coder: old"]\ncoder: {model: old}\n',
      '# coder: x\nchecks: ["coder: old"]\ncoder: {model: new:7b}\n',
    ],
  ])('%s', (_, before, after) => {
    expect(parseConfig(before).problems).toEqual([]);
    expect(setRoleModel(before, 'coder', 'new:7b')).toBe(after);
  });

  it.each([
    ['a role that is an alias', 'overseer: &o\n  model: old\ncoder: *o\n', 'coder'],
    ['an anchor that the other role uses', 'overseer:\n  model: &m old\ncoder:\n  model: *m\n', 'overseer'],
    ['a role that the other is merged from', 'overseer: &o\n  model: old\ncoder:\n  <<: *o\n', 'overseer'],
  ] as const)('refuses %s', (_, text, role) => {
    expect(() => setRoleModel(text, role, 'new:7b')).toThrow(
      expect.objectContaining({
        code: 'config-not-editable',
        exitCode: 3,
        remedy: expect.stringContaining('by hand'),
      }),
    );
  });

  it('leaves a text alone that has the model', () => {
    const text = 'coder: {"model" : \'a:7b\'}';
    expect(setRoleModel(text, 'coder', 'a:7b')).toBe(text);
  });

  it.each([
    'C:\\models\\a b.gguf',
    '~/m #1.gguf',
    'true',
    '7',
    "it's",
    'a, b]}',
    '*x',
    'hf.co/a/b:Q4_K_M',
    '"',
    '- a: b',
  ])('writes %j so that it is read as it was given', (model) => {
    for (const text of [
      '',
      'coder: {}',
      'coder: { model: a }',
      "coder:\n  model: 'a'\n",
      'coder:\n  model: "a"\n',
    ]) {
      expect(parseConfig(setRoleModel(text, 'coder', model)).config.coder.model).toBe(model);
    }
  });

  it('keeps every other byte of files of all styles', () => {
    const pieces = constantFrom(
      'base: main',
      '# note',
      '',
      'allow_remote: false # no',
      'watch: { settle: 2 }',
      'protect:\n  - a',
      'checks:\n- npm test',
    );
    const lines = uniqueArray(pieces, { maxLength: 6 });
    const role = constantFrom(
      'coder:',
      'coder:\n  model: old',
      'coder:\n    context: 4096 # c',
      'coder: {context: 4096}',
      'coder: ~',
      '',
    );
    assert(
      property(lines, role, lines, boolean(), (above, own, below, isWindows) => {
        const seen = new Set<string>();
        const kept = [...above, own, ...below].filter((line) => !seen.has(line) && seen.add(line));
        const text = kept.join('\n').replaceAll('\n', isWindows ? '\r\n' : '\n');
        const next = setRoleModel(text, 'coder', 'new:7b');
        expect(parseConfig(next).config).toEqual({
          ...parseConfig(text).config,
          coder: { ...parseConfig(text).config.coder, model: 'new:7b' },
        });
        const [start, end] = [commonStart(text, next), commonStart(reverse(text), reverse(next))];
        expect(start + end).toBeGreaterThanOrEqual(text.length - 'old'.length);
        expect(next.replaceAll('\r\n', '').includes('\r')).toBe(false);
      }),
    );
  });
});

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

function reverse(text: string): string {
  return text.split('').toReversed().join('');
}
