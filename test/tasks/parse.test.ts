import { describe, expect, test } from 'vitest';
import { renderProblems } from '../../src/config/problem.js';
import { parseTasks } from '../../src/tasks/parse.js';

function read(text: string) {
  const { tasks, problems } = parseTasks(text);
  expect(renderProblems('tasks.yml', problems)).toBe('');
  return tasks;
}

function complaints(text: string): string[] {
  return renderProblems('tasks.yml', parseTasks(text).problems).split('\n');
}

describe('what a task may look like', () => {
  test('a sentence becomes a task with an id from its words', () => {
    expect(read('tasks:\n  - Fix the login page!\n')).toMatchObject([
      {
        id: 'fix-the-login-page',
        title: 'Fix the login page!',
        description: '',
        kind: 'change',
        files: [],
        only: false,
        acceptance: [],
        checks: undefined,
        checksAdd: [],
        dependsOn: [],
        stack: false,
        priority: 'normal',
        status: undefined,
        position: { line: 2, column: 5 },
      },
    ]);
  });

  test('every key is read', () => {
    const [task] = read(`tasks:
  - id: a
    title: Do a
    description: |
      Line one
      line two
    kind: docs
    files: ['src\\a.ts', ./src//b/, src/a.ts]
    only: true
    acceptance: It works
    checks_add: [npm test, {run: make x, cwd: sub/, timeout: 5, name: X, paths: ['**/*.ts']}]
    depends_on: [b, b]
    stack: true
    priority: high
    status: draft
  - id: b
    title: Do b
    checks: []
`);
    expect(task).toMatchObject({
      id: 'a',
      title: 'Do a',
      description: 'Line one\nline two',
      kind: 'docs',
      files: ['src/a.ts', 'src/b'],
      only: true,
      acceptance: ['It works'],
      checks: undefined,
      checksAdd: [
        { run: 'npm test', cwd: '.', paths: [], timeout: 600 },
        { name: 'X', run: 'make x', cwd: 'sub', paths: ['**/*.ts'], timeout: 5 },
      ],
      dependsOn: ['b'],
      stack: true,
      priority: 'high',
      status: 'draft',
    });
  });

  test('without a title the first line of the description is the title', () => {
    expect(read('tasks:\n  - description: |\n      Do  it\n      with care\n')).toMatchObject([
      { id: 'do-it', title: 'Do it', description: 'with care' },
    ]);
    expect(read('tasks:\n  - title: "One\\ntwo"\n    description: three\n')).toMatchObject([
      { title: 'One', description: 'two\n\nthree' },
    ]);
  });

  test('ids keep the digits they are written with', () => {
    expect(read('tasks:\n  - {id: 007, title: x}\n  - {id: 0x10, title: y}\n').map(({ id }) => id)).toEqual([
      '007',
      '0x10',
    ]);
    expect(complaints('tasks:\n  - {id: 1.10, title: x}\n')).toEqual([
      "tasks.yml:2:10 The id '1.10' may only have small letters, digits and hyphens, and starts with a letter or digit. Write `id: 1-10`.",
    ]);
  });

  test('an empty file, comments only, and an empty list have no tasks', () => {
    for (const text of ['', '\uFEFF', '# nothing\n', 'tasks:\n', 'tasks: []\n', '---\n', 'tasks: ~\n']) {
      expect(read(text)).toEqual([]);
    }
  });

  test('empty values count as not written', () => {
    expect(read('tasks:\n  - title: x\n    description:\n    files:\n    checks:\n')).toMatchObject([
      { description: '', files: [], checks: undefined },
    ]);
  });
});

describe('the hash of a task', () => {
  const base = 'tasks:\n  - id: a\n    title: T\n    description: D\n  - {id: b, title: B}\n';
  const hashOf = (text: string) => read(text)[0]?.hash;

  test('has 16 hexadecimal digits and ignores layout, order, id and scheduling', () => {
    expect(hashOf(base)).toMatch(/^[0-9a-f]{16}$/);
    for (const same of [
      'tasks:\n- {description: D, title: "T", id: z} # comment\n- {id: b, title: B}\n',
      base.replace('    title: T\n', '    title: T\n    priority: low\n    status: paused\n'),
      base.replace('    title: T\n', '    title: T\n    depends_on: b\n    stack: true\n'),
      base.replaceAll('\n', '\r\n'),
    ]) {
      expect(hashOf(same)).toBe(hashOf(base));
    }
  });

  test('changes with the meaning', () => {
    const variants = [
      'kind: docs',
      'files: x',
      'acceptance: x',
      'checks: []',
      'checks: [x]',
      'checks: [{run: x, timeout: 1}]',
      'checks_add: [x]',
    ].map((line) => hashOf(base.replace('    title: T\n', `    title: T\n    ${line}\n`)));
    const words = [hashOf(base.replace(' T', ' U')), hashOf(base.replace(' D', ' E'))];
    expect(new Set([hashOf(base), ...variants, ...words]).size).toBe(10);
  });
});

describe('mistakes', () => {
  test('are all reported at once, in the order of the file, with place and remedy', () => {
    const text = `tasks:
  - id: add-login
    titel: Add
    description: Add it
    depends_on: [ad-login, nothing-like-it]
  - id: Add_Login
    title: x
    priority: hihg
    kind: 3
    only: yes
    stack: true
    files: [../x, '*.ts', /etc, C:/x, .GIT/config, .]
  - title: [a]
    acceptance: [{a: b}, ~]
    status: {a: 1}
`;
    expect(complaints(text)).toEqual([
      "tasks.yml:3:5 There is no key 'titel' here. Did you mean 'title'?",
      "tasks.yml:5:18 `depends_on` names 'ad-login', which no task has. Did you mean 'add-login'?",
      "tasks.yml:5:28 `depends_on` names 'nothing-like-it', which no task has. Write the `id` of a task in this file.",
      "tasks.yml:6:5 The id 'add-login' is taken by the task in line 2. Choose another id.",
      "tasks.yml:6:9 The id 'Add_Login' may only have small letters, digits and hyphens, and starts with a letter or digit. Write `id: add-login`.",
      "tasks.yml:8:15 `priority` is 'hihg'. Did you mean 'high'? Possible: `high`, `normal`, `low`.",
      "tasks.yml:9:11 `kind` is '3'. Write one of `change`, `docs`, `research`.",
      "tasks.yml:10:11 `only` is 'yes', not true or false. Write `only: true`, or leave it out.",
      'tasks.yml:11:5 `stack: true` starts from a dependency, but there is none. Add `depends_on:`.',
      "tasks.yml:12:13 The path '../x' leads out of its folder with `..`. Write it as `folder/file`, from the top of the repository.",
      "tasks.yml:12:19 `files` holds the pattern '*.ts'. Name files or folders; a folder stands for all in it.",
      "tasks.yml:12:27 The path '/etc' is not relative to the top of the repository. Write it as `folder/file`, from the top of the repository.",
      "tasks.yml:12:33 The path 'C:/x' is not relative to the top of the repository. Write it as `folder/file`, from the top of the repository.",
      "tasks.yml:12:39 The path '.GIT/config' leads into git’s own folder. Write it as `folder/file`, from the top of the repository.",
      'tasks.yml:12:52 `files` names the whole repository. Name files or folders, or leave it out.',
      'tasks.yml:13:12 `title` is a list, not a text. Write `title: "…"`.',
      'tasks.yml:14:18 `acceptance` holds a mapping where a text is expected. Put the text in quotes if it holds `: ` or starts with a special character.',
      'tasks.yml:14:26 `acceptance` has an empty entry. Fill it in or remove it.',
      'tasks.yml:15:13 `status` is a mapping. Write one of `draft`, `paused`.',
    ]);
  });

  test.each([
    ['- a\n', '1:1 The file is a list. Begin it with `tasks:` and indent the list under it.'],
    ['hello\n', '1:1 The file is a text. Begin it with `tasks:` and indent the list under it.'],
    ['tasks: all\n', "1:8 `tasks` is 'all', not a list. Start each task with `- `."],
    ['tasks: {a: b}\n', '1:8 `tasks` is a mapping, not a list. Start each task with `- `.'],
    ['task:\n  - a\n', "1:1 There is no key 'task' here. Did you mean 'tasks'?"],
    ['tasks:\n  - [a]\n', '2:5 A task is a mapping or a sentence, not a list. Write `- title: …`.'],
    ['tasks:\n  -\n', '2:4 This task is empty. Write what to do, or remove the `-`.'],
    ['tasks:\n  - {id: a}\n', '2:5 This task does not say what to do. Add `title: …` or `description: …`.'],
    [
      'tasks:\n  - {id: "", title: x}\n',
      '2:10 `id` is empty. Remove it: the id is then made from the title.',
    ],
    ['tasks:\n  - {id: con, title: x}\n', "2:10 The id 'con' is a device name on Windows. Write `id: con-"],
    [`tasks:\n  - {id: ${'a'.repeat(65)}, title: x}\n`, "2:10 The id 'aaaa"],
    ['tasks:\n  - "a\\e[31m"\n', '2:5 `task` holds a control character. Remove it.'],
    [
      'tasks:\n  - {title: x, only: true}\n',
      '2:16 `only: true` limits the task to `files`, but there are none.',
    ],
    [
      'tasks:\n  - {title: x, checks: [a], checks_add: [b]}\n',
      '2:29 `checks_add` adds to the configured checks',
    ],
    ['tasks:\n  - {title: x, checks: npm test}\n', '2:24 `checks` is a text, not a list. Write `checks:`'],
    [
      'tasks:\n  - {title: x, checks: [{run: 5}]}\n',
      '2:31 `run` is \'5\', not a text. Put it in quotes: "5".',
    ],
    ['tasks:\n  - {title: x, checks: [{run: " "}]}\n', '2:31 `run` is empty.'],
    ['tasks:\n  - {title: x, checks: [{run: a, cwd: ""}]}\n', '2:39 `cwd` is empty.'],
    [
      'tasks:\n  - {title: x, checks: [{run: a, paths: [5]}]}\n',
      "2:42 `paths` holds '5' where a glob is expected.",
    ],
    ['tasks:\n  - {title: x, files: ""}\n', '2:23 `files` has an empty entry.'],
    ['tasks:\n  - {title: ""}\n', '2:5 This task does not say what to do.'],
    ['tasks:\n  - {id: [a], title: x}\n', '2:10 `id` is a list, not a text.'],
    ['tasks:\n  - - \n', '2:5 A task is a mapping or a sentence, not a list.'],
    ['tasks:\n  - ~\n', '2:5 This task is empty.'],
    ['tasks:\n  - {title: x, priority: ""}\n', '2:26 `priority` is empty.'],
    ['tasks:\n  - {title: x, checks: [5]}\n', "2:25 `checks` holds '5' where a command is expected."],
    ['tasks:\n  - {title: x, checks: [{name: a}]}\n', '2:25 A check of `checks` has no command.'],
    ['tasks:\n  - {title: x, checks: [{run: a, cwd: ..}]}\n', "2:39 The folder '..' leads out of its folder"],
    [
      'tasks:\n  - {title: x, checks: [{run: a, timeout: 0}]}\n',
      "2:43 `timeout` is '0', not a number of seconds.",
    ],
    ['tasks:\n  - {title: x, checks: [{run: a, tmeout: 0}]}\n', "2:34 There is no key 'tmeout' here."],
    ['tasks:\n  - {title: x, checks: [{run: a, paths: x}]}\n', '2:41 `paths` is a text, not a list.'],
    [
      'tasks:\n  - a b\n  - A, b!\n',
      "3:5 This task gets the id 'a-b' from its title, as the task in line 2 does.",
    ],
    ['tasks:\n  - {id: a, title: x, depends_on: a}\n', "2:35 Task 'a' depends on itself."],
    [
      'tasks:\n  - {id: a, title: x, depends_on: b}\n  - {id: b, title: x, depends_on: [c]}\n  - {id: c, title: x, depends_on: [a]}\n',
      '2:35 These tasks wait for each other: a → b → c → a. Remove one of these dependencies.',
    ],
  ])('%j', (text, start) => {
    const lines = complaints(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`tasks.yml:${start}`);
  });

  test('more than fifty are counted', () => {
    const text = `tasks:\n${Array.from({ length: 60 }, (_, n) => `  - {id: t${n}, titel: x, title: y}\n`).join('')}`;
    const lines = complaints(text);
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('… and 10 more.');
  });
});

describe('unusual YAML', () => {
  test('anchors and merge keys', () => {
    const tasks = read(`tasks:
  - &base
    id: a
    title: A
    files: &files [x, y]
    priority: low
  - <<: *base
    id: b
    title: B
  - {<<: [{priority: high, kind: docs}, *base], id: c, title: C}
  - id: d
    title: D
    files: *files
`);
    expect(tasks.map(({ id, priority, kind, files }) => [id, priority, kind, files.length])).toEqual([
      ['a', 'low', 'change', 2],
      ['b', 'low', 'change', 2],
      ['c', 'high', 'docs', 2],
      ['d', 'normal', 'change', 2],
    ]);
  });

  test('byte order mark and CRLF do not move positions or change text', () => {
    const text =
      '\uFEFFtasks:\r\n  - title: A\r\n    description: |\r\n      one\r\n      two\r\n    oops: 1\r\n';
    expect(complaints(text)).toEqual([expect.stringContaining("tasks.yml:6:5 There is no key 'oops'")]);
    expect(parseTasks(text).tasks[0]?.description).toBe('one\ntwo');
    expect(complaints('\uFEFFoops: 1\n')).toEqual([expect.stringContaining('tasks.yml:1:1 ')]);
  });

  test.each([
    ['tasks:\n\t- a\n', '2:1 A tab indents this line, which YAML does not allow. Indent with spaces.'],
    ['tasks:\n  - a: "x\n', '3:1 The file ends too early: Missing closing "quote.'],
    [
      'tasks:\n  - a\n---\ntasks:\n',
      '3:1 A second YAML document starts here. Keep one document: remove the `---` line.',
    ],
    [
      'tasks:\n  - title: fix: it\n',
      '2:12 Not valid YAML: Nested mappings are not allowed in compact mappings. Put text that holds `: ` in quotes.',
    ],
    ['tasks:\n  - title: a\n    title: b\n', '3:5 The key `title` is written twice. Keep one of them.'],
    ['tasks:\n  - *nobody\n', '2:5 The alias *nobody has no anchor above it.'],
    ['tasks:\n  - {title: a, <<: 5}\n', '2:20 `<<` merges something that is not a mapping.'],
    ['tasks:\n  - {title: a, ? [x] : y}\n', '2:18 A key must be a word. Write `key: value`.'],
    ['tasks:\n  - {title: a, __proto__: {b: c}}\n', "2:16 There is no key '__proto__' here."],
    ['tasks:\n  - {title: !secret a}\n', '2:13 Not valid YAML: Unresolved tag: !secret.'],
    ['%YAML 9.9\n---\ntasks: []\n', '1:7 Not valid YAML: Unsupported YAML version 9.9.'],
  ])('%j', (text, start) => {
    expect(complaints(text)[0]).toContain(`tasks.yml:${start}`);
  });

  test('an alias inside its own anchor', () => {
    expect(complaints('tasks: &t\n  - title: a\n    files: *t\n').join('\n')).toContain(
      'tasks.yml:3:12 The alias *t refers to something that it is part of.',
    );
  });

  test('an alias bomb is refused at once', () => {
    const levels = Array.from({ length: 12 }, (_, n) => `x${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`);
    const before = process.cpuUsage();
    const text = complaints(`x0: &a0 [b]\n${levels.join('\n')}\ntasks: *a12\n`).join('\n');
    expect(text).toContain('The aliases expand to far too much.');
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });

  test('deep nesting is refused', () => {
    expect(complaints(`tasks: ${'['.repeat(20_000)}`).length).toBeLessThanOrEqual(5);
    expect(complaints(`tasks: ${'['.repeat(80)}${']'.repeat(80)}\n`).join('\n')).toContain('64 levels deep');
  });

  test('a word that is a key of every object is no known key', () => {
    expect(complaints('constructor: 1\ntoString: 2\n')).toHaveLength(2);
  });
});

test('5,000 tasks in a chain are read in a second or so', () => {
  const text = `tasks:\n${Array.from({ length: 5000 }, (_, n) => `  - id: t${n}\n    title: Task ${n}\n    depends_on: ${n === 0 ? '[]' : `t${n - 1}`}\n`).join('')}`;
  const before = process.cpuUsage();
  expect(read(text)).toHaveLength(5000);
  // 0.5 s of processor time on an idle machine; the bound is for one with a full load of other work.
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(4000);
});
