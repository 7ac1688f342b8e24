import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { renderProblems } from '../../src/config/problem.js';
import { configSchema } from '../../src/config/schema.js';

function complaints(text: string): string[] {
  return renderProblems('.nexus.yml', parseConfig(text).problems).split('\n');
}

test('an empty file is valid and all default', () => {
  for (const text of ['', '# nothing\n', '\uFEFF', '~\n', 'checks:\ncoder:\n  model:\n']) {
    expect(parseConfig(text)).toEqual({ config: configSchema.parse({}), problems: [] });
  }
});

test('values replace defaults, the rest stays', () => {
  const { config, problems } = parseConfig(`
coder: {model: m, url: 'http://10.0.0.2:1'}
checks:
  - npm test
  - {run: make check, cwd: 'sub\\dir/', paths: ['sub/**'], timeout: 9, name: n}
models: {resident: 1, keep_alive: "-1"}
docs: ./documents/
`);
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    coder: { model: 'm', url: 'http://10.0.0.2:1', context: 16_384, format: 'auto' },
    overseer: { model: 'llama3.1:8b' },
    checks: [
      { run: 'npm test', cwd: '.', paths: [], timeout: 600 },
      { run: 'make check', cwd: 'sub/dir', paths: ['sub/**'], timeout: 9, name: 'n' },
    ],
    models: { resident: 1, keep_alive: '-1' },
    docs: 'documents',
  });
});

test('kinds of servers, and what only some of them need', () => {
  const text = `overseer: {backend: lm-studio}
coder:
  backend: openai
`;
  expect(complaints(text)).toEqual([
    '.nexus.yml:3:12 `backend: openai` has no usual address. ' +
      'Write that of the server beside it, like `url: http://127.0.0.1:5000/v1`.',
  ]);
  expect(complaints('coder: {backend: lmstudio}\n').join('\n')).toContain("'lm-studio'");
  expect(complaints('coder: {api_key_env: sk-1234567890}\n').join('\n')).toContain('not the key itself');
  expect(
    parseConfig('coder: {backend: openai, url: "http://127.0.0.1:5000/v1", api_key_env: MINE}\n'),
  ).toMatchObject({
    problems: [],
    config: { coder: { backend: 'openai', api_key_env: 'MINE' }, overseer: { backend: 'ollama' } },
  });
});

test('a list of models is an order: the first, and those that take its place', () => {
  const { config, problems } = parseConfig('coder: { model: [a:7b, b:3b, c] }\noverseer: { model: [o] }\n');
  expect(problems).toEqual([]);
  expect(config.coder).toMatchObject({ model: 'a:7b', fallbacks: ['b:3b', 'c'] });
  expect(config.overseer).toMatchObject({ model: 'o', fallbacks: [] });
  expect(complaints('coder: { model: [a, b, a] }\noverseer: { model: [] }\n')).toEqual([
    ".nexus.yml:1:24 'a' is in the list twice. Name each model once: the first is used, each next one when those before it cannot be.",
    '.nexus.yml:2:20 `overseer.model` is a list. Write a text or a list, each entry a text; default: llama3.1:8b.',
  ]);
  expect(complaints('coder: { model: [a, 3] }\n')).toEqual([
    '.nexus.yml:1:21 `coder.model[1]` is \'3\'. Put it in quotes: "3".',
  ]);
});

test('every mistake is reported at once, with place and remedy', () => {
  const text = `overseer:
  modle: a
  model: 7
coder:
  context: 100
  format: wholefile
  url: foo
checks:
  - npm test
  - run: 5
  - {cwd: ../x}
  - 7
  - run: x
    tmeout: 5
  - ''
limits:
  attempts: many
  minutes: 0
  steps: 2.5
  output: 1
models: {resident: 3, keep_alive: 30x}
protect: src
allow_remote: yes
docs: /etc
__proto__: {a: 1}
branch_prefix: nexus
limits: 3
approval: [plan]
fix: [{run: a, cwd: .git}]
base: {}
`;
  expect(complaints(text)).toEqual([
    ".nexus.yml:2:3 There is no key 'modle' here. Did you mean 'model'?",
    '.nexus.yml:3:10 `overseer.model` is \'7\'. Put it in quotes: "7"; default: llama3.1:8b.',
    ".nexus.yml:5:12 `coder.context` is '100'. Write a whole number from 2048 to 1048576; default: 16384.",
    ".nexus.yml:6:11 `coder.format` is 'wholefile'. Did you mean 'whole-file'? Write `auto` or `whole-file` or `named-declaration` or `search-replace` or `unified-diff`; default: auto.",
    ".nexus.yml:7:8 `coder.url` is 'foo'. Write an address such as http://127.0.0.1:11434.",
    '.nexus.yml:10:10 `checks[1].run` is \'5\'. Put it in quotes: "5".',
    '.nexus.yml:11:5 `checks[2].run` is missing. Add `run:`, a text.',
    ".nexus.yml:11:11 The folder '../x' leads out of its folder with `..`. Write it from the top of the repository.",
    ".nexus.yml:12:5 `checks[3]` is '7'. Write a text or a mapping with name, run, cwd, paths, timeout.",
    ".nexus.yml:14:5 There is no key 'tmeout' here. Did you mean 'timeout'?",
    '.nexus.yml:15:5 `checks[5]` is empty. Write a text or a mapping with name, run, cwd, paths, timeout.',
    ".nexus.yml:17:13 `limits.attempts` is 'many'. Write a whole number from 1 to 20; default: 4.",
    ".nexus.yml:18:12 `limits.minutes` is '0'. Write a number above 0; default: 120.",
    ".nexus.yml:19:10 `limits.steps` is '2.5'. Write a whole number from 1 to 50; default: 6.",
    ".nexus.yml:20:11 `limits.output` is '1'. Write a whole number of at least 1000; default: 20000.",
    ".nexus.yml:21:20 `models.resident` is '3'. Write `auto` or `1` or `2`; default: auto.",
    '.nexus.yml:21:35 `models.keep_alive` is \'30x\'. It must be a time such as "30m" or "1h", "0" for none or "-1" for ever; default: 30m.',
    ".nexus.yml:22:10 `protect` is 'src'. Write a list, each entry a text; default: [].",
    ".nexus.yml:23:15 `allow_remote` is 'yes'. Write true or false; default: false.",
    ".nexus.yml:24:7 The folder '/etc' is not relative to the top of the repository. Write it from the top of the repository.",
    ".nexus.yml:25:1 There is no key '__proto__' here. Known keys: overseer, coder, models, allow_remote, base, branch_prefix, docs, approval, checks, setup, fix, link, protect, watch, limits.",
    '.nexus.yml:26:16 `branch_prefix` is \'nexus\'. It must end in "/" or "-" and be a valid start of a branch name; default: nexus/.',
    '.nexus.yml:27:1 The key `limits` is written twice. Keep one of them.',
    '.nexus.yml:28:11 `approval` is a list. Write `none` or `plan`; default: none.',
    ".nexus.yml:29:21 The folder '.git' leads into git’s own folder. Write it from the top of the repository.",
    '.nexus.yml:30:7 `base` is a mapping. Write a text.',
  ]);
});

test.each([
  ['- a\n', '1:1 The file is a list, not a mapping.'],
  ['hello\n', '1:1 The file is a text, not a mapping.'],
  ['limits: 3\n', "1:9 `limits` is '3'. Write a mapping with steps, attempts, minutes,"],
  ['models: {keep_alive: 30}\n', '1:22 `models.keep_alive` is \'30\'. Put it in quotes: "30"; default: 30m.'],
  ['checks: [a, ~]\n', '1:13 `checks[1]` is empty.'],
  ['link: [a, 5]\n', '1:11 `link[1]` is \'5\'. Put it in quotes: "5".'],
  ['limits: {minutes: .inf}\n', "1:19 `limits.minutes` is '.inf'. Write a number above 0; default: 120."],
  ['coder: {url: "ftp://x"}\n', "1:14 `coder.url` is 'ftp://x'. Write an address"],
  ['base: ""\n', '1:7 `base` is empty. Write a text.'],
  ['checks: [{run: [a]}]\n', '1:16 `checks[0].run` is a list. Write a text.'],
])('%j', (text, start) => {
  const lines = complaints(text);
  expect(lines).toEqual([expect.stringContaining(`.nexus.yml:${start}`)]);
});

test('with mistakes the configuration is all default', () => {
  expect(parseConfig('allow_remote: true\nfoo: 1\n').config.allow_remote).toBe(false);
});

test('loadConfig gives defaults without a file, and one error for all mistakes', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nexus-config-'));
  try {
    await expect(loadConfig(root)).resolves.toEqual(configSchema.parse({}));
    await writeFile(join(root, '.nexus.yml'), 'docs: notes\n');
    const cacheFolder = join(root, 'cache');
    await expect(loadConfig(root, { cacheFolder })).resolves.toMatchObject({ docs: 'notes' });
    await expect(loadConfig(root, { cacheFolder })).resolves.toEqual(configSchema.parse({ docs: 'notes' }));
    await writeFile(join(root, '.nexus.yml'), 'docs: 1\nfoo: 1\n');
    await expect(loadConfig(root, { cacheFolder })).rejects.toMatchObject({
      code: 'config-invalid',
      exitCode: 3,
      message: expect.stringMatching(/^\.nexus\.yml has 2 mistakes:\n\.nexus\.yml:1:7 .*\n\.nexus\.yml:2:1 /),
      remedy: 'Correct .nexus.yml and run the command again.',
    });
    await writeFile(join(root, '.nexus.yml'), Buffer.from([0xff]));
    await expect(loadConfig(root)).rejects.toMatchObject({ code: 'config-unreadable' });
  } finally {
    await rm(root, { recursive: true });
  }
});
