import { exec } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkSchema, configSchema } from '../src/config/schema.js';

const DEMO = join(import.meta.dirname, '..', 'templates', 'demo');
const REPOSITORY = join(DEMO, 'repository');
const TEST_RUN = 'node --test --test-reporter=./scripts/reporter.js';

const demoTasksSchema = z.strictObject({
  tasks: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      description: z.string(),
      files: z.array(z.string()),
      acceptance: z.array(z.string()),
      checks: z.array(checkSchema),
    }),
  ),
});

const { tasks } = demoTasksSchema.parse(parse(await readFile(join(DEMO, 'tasks.yml'), 'utf8')));

type Files = Record<string, string>;

/* The reference solutions: hand-written, kept out of templates/, only to show that the tasks can be done. */

const STREAK_FIXED = `const DAY = 24 * 60 * 60 * 1000;

/** True when \`next\` is the day after \`day\`; both look like '2024-05-17'. */
function isNextDay(day, next) {
  return Date.parse(next) - Date.parse(day) === DAY;
}
`;

const CHECKLIST = `import { isFinished } from './progress.js';

/** One Markdown line per book, ticked when it is finished. */
export function toChecklist(books) {
  return books.map((book) => \`- [\${isFinished(book) ? 'x' : ' '}] \${book.title}, \${book.author}\`).join('\\n');
}
`;

const CHECKLIST_TESTS = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toChecklist } from '../src/checklist.js';

test('a finished book is ticked', () => {
  assert.equal(toChecklist([{ title: 'Emma', author: 'Jane Austen', pages: 9, pagesRead: 9 }]), '- [x] Emma, Jane Austen');
});
`;

const COPY = /\/\*\* Text as it is compared[^]*?\n\}\n\n/;

async function readOriginal(path: string): Promise<string> {
  return (await readFile(join(REPOSITORY, path), 'utf8')).replaceAll('\r\n', '\n');
}

async function solve(id: string): Promise<Files> {
  if (id === 'fix-streak') {
    const text = await readOriginal('src/streak.js');
    return { 'src/streak.js': STREAK_FIXED + text.slice(text.indexOf('\n}\n') + 3) };
  }
  if (id === 'add-checklist') {
    return { 'src/checklist.js': CHECKLIST, 'test/checklist.test.js': CHECKLIST_TESTS };
  }
  const importLine = "import { normalizeText } from './text.js';\n\n";
  const [shelf, search] = await Promise.all([readOriginal('src/shelf.js'), readOriginal('src/search.js')]);
  const helper = COPY.exec(shelf)?.[0] ?? '';
  return {
    'src/text.js': helper.replace('function', 'export function').trimEnd() + '\n',
    'src/shelf.js': importLine + shelf.replace(COPY, ''),
    'src/search.js': importLine + search.replace(COPY, ''),
  };
}

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A fresh copy of the repository, with these files written over it. */
async function makeCopy(files: Files = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nexus demo '));
  folders.push(folder);
  await cp(REPOSITORY, folder, { recursive: true });
  await Promise.all(Object.entries(files).map(([path, text]) => writeFile(join(folder, path), text)));
  return folder;
}

/** Runs a command line in the shell, as a check is run. Output is stdout and stderr. */
async function runLine(line: string, cwd: string): Promise<{ ok: boolean; output: string }> {
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, NODE_TEST_CONTEXT: ___, ...env } = process.env;
  return new Promise((settle) => {
    exec(line, { cwd, env }, (error, stdout, stderr) =>
      settle({ ok: error === null, output: stdout + stderr }),
    );
  });
}

function getTask(id: string) {
  const task = tasks.find((candidate) => candidate.id === id);
  if (task === undefined) throw new Error(`The demo has no task ${id}.`);
  return task;
}

/** Names of the checks of a task that fail in a copy with these files. */
async function findFailing(id: string, files: Files): Promise<string[]> {
  const folder = await makeCopy(files);
  const { checks } = getTask(id);
  const results = await Promise.all(checks.map(async (check) => runLine(check.run, folder)));
  return checks.filter((_, index) => !results[index]?.ok).map((check) => check.name ?? check.run);
}

describe('the base', () => {
  test('only the tests of the bug fail', async () => {
    const { ok, output } = await runLine(TEST_RUN, await makeCopy());
    expect(ok).toBe(false);
    expect(output.match(/^\S+\.js:\d+ .*$/gm)).toEqual([
      'test/streak.test.js:17 a streak goes on over the end of a month',
      'test/streak.test.js:21 a streak goes on over the end of a year',
      'test/streak.test.js:25 days of different months are no streak',
    ]);
    expect(output).toMatch(/\b18 passed, 3 failed\n$/);
  });

  test.each([
    ['fix-streak', ['streak tests']],
    ['add-checklist', ['checklist tests', 'checklist examples']],
    ['share-normalize-text', ['no copies', 'normalizeText moved']],
  ])('%s fails in what it asks for and nothing else', async (id, failing) => {
    expect(await findFailing(id, {})).toEqual(failing);
  });

  test('the program itself runs', async () => {
    const folder = await makeCopy();
    await runLine('node bin/bookshelf.js add "Dune" "Frank Herbert" 600', folder);
    await runLine('node bin/bookshelf.js read dune 150', folder);
    expect((await runLine('node bin/bookshelf.js list', folder)).output).toBe('Dune (Frank Herbert): 25 %\n');
    expect(await runLine('node bin/bookshelf.js read Emma 1', folder)).toEqual({
      ok: false,
      output: '"Emma" is not on the shelf.\n',
    });
  });
});

describe('the tasks', () => {
  test('there are three, each with checks and named files', () => {
    expect(tasks.map((task) => task.id)).toEqual(['fix-streak', 'add-checklist', 'share-normalize-text']);
    for (const task of tasks) {
      expect(task.files.length).toBeGreaterThan(0);
      expect(task.checks.map((check) => check.name)).toContain('other tests');
    }
  });

  test.each(tasks.map((task) => task.id))('%s can be solved in the files it names', async (id) => {
    const solution = await solve(id);
    expect(getTask(id).files).toEqual(expect.arrayContaining(Object.keys(solution)));
    expect(await findFailing(id, solution)).toEqual([]);
  });

  test('the three solutions change different files and hold together', async () => {
    const solutions = await Promise.all(tasks.map(async (task) => solve(task.id)));
    const paths = solutions.flatMap((files) => Object.keys(files));
    expect(new Set(paths).size).toBe(paths.length);
    const folder = await makeCopy(Object.fromEntries(solutions.flatMap((files) => Object.entries(files))));
    const all = await runLine(`${TEST_RUN} && node scripts/find-copies.js`, folder);
    expect(all).toEqual({ ok: true, output: '22 passed, 0 failed\n' });
  });
});

describe('half a solution is not enough', () => {
  test('a streak that only lets day 1 follow any day', async () => {
    const text = await readOriginal('src/streak.js');
    const half = text.replace('nextDayOfMonth === dayOfMonth + 1', '$& || nextDayOfMonth === 1');
    expect(half).not.toBe(text);
    expect(await findFailing('fix-streak', { 'src/streak.js': half })).toEqual(['streak tests']);
  });

  test.each([
    ['no tests', { 'test/checklist.test.js': '' }, ['checklist tests']],
    ['no feature', { 'src/checklist.js': 'export {};\n' }, ['checklist tests', 'checklist examples']],
    [
      'every book ticked',
      { 'src/checklist.js': CHECKLIST.replace("isFinished(book) ? 'x' : ' '", "'x'") },
      ['checklist examples'],
    ],
  ])('a checklist with %s', async (_, files, failing) => {
    const solution = { ...(await solve('add-checklist')), ...files };
    expect(await findFailing('add-checklist', solution)).toEqual(failing);
  });

  test.each([
    ['left', (text: string) => text],
    ['left under another name', (text: string) => text.replaceAll('normalizeText', 'foldText')],
    [
      'left as an arrow function',
      (text: string) => text.replace(COPY, "const normalizeText = (text) => text.normalize('NFD');\n"),
    ],
    [
      'left with CRLF',
      (text: string) => text.replaceAll('normalizeText', 'foldText').replaceAll('\n', '\r\n'),
    ],
  ])('a refactoring with one copy %s', async (_, change) => {
    const search = change(await readOriginal('src/search.js'));
    const folder = await makeCopy({ ...(await solve('share-normalize-text')), 'src/search.js': search });
    const { ok, output } = await runLine('node scripts/find-copies.js', folder);
    expect(ok).toBe(false);
    expect(output).toMatch(/^normalizeText in src\/text\.js is a copy of \w+ in src\/search\.js\n/);
  });
});

test('a crash of a test file is reported without the folder and without frames of Node', async () => {
  const folder = await makeCopy({ 'test/checklist.test.js': CHECKLIST_TESTS });
  const { output } = await runLine(`${TEST_RUN} test/checklist.test.js`, folder);
  expect(output).toContain("Cannot find module 'src/checklist.js' imported from test/checklist.test.js");
  expect(output).not.toMatch(/nexus demo |node:internal|Node\.js v/);
});

describe('what is copied', () => {
  test('no name that npm would strip, no dependency, short files', async () => {
    const entries = await readdir(REPOSITORY, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      expect(relative(REPOSITORY, file).split(sep)).not.toContainEqual(
        expect.stringMatching(/^\.|^node_modules$/),
      );
      expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThanOrEqual(60);
    }
    const manifest: unknown = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('devDependencies');
  });

  test('the configuration is valid, leaves roles and checks out, and protects the judges', async () => {
    const written: unknown = parse(await readFile(join(DEMO, 'nexus.yml'), 'utf8'));
    const { protect } = configSchema.parse(written);
    expect(written).toEqual({ protect });
    const isProtected = picomatch(protect, { dot: true });
    const judges = [
      'test/streak.test.js',
      'acceptance/checklist.js',
      'scripts/find-copies.js',
      'scripts/reporter.js',
    ];
    expect(judges.filter((path) => !isProtected(path))).toEqual([]);
    const named = tasks.flatMap((task) => task.files).filter((path) => isProtected(path));
    expect(named).toEqual(['test/checklist.test.js']);
  });
});
