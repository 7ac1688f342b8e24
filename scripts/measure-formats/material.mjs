import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../../test/fixtures/', import.meta.url));
const OWN = join(FIXTURES, 'format-tasks');
const TSC = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace(/package\.json$/u, 'bin/tsc');

/**
 * The tasks: `id`, `title`, `description`, `path` and `text` of the one file, `targets` (scope-qualified names of the
 * declarations that must change), `adds` (those that are new), and `check(text)`, which runs a program on the changed
 * file and says what is wrong, or undefined.
 */
export function readTasks() {
  return [...readSolutions(), ...readOwn()];
}

/** Tasks on files of six functions, put together from HumanEvalPack: one of them is wrong. */
function readSolutions() {
  const { checks } = JSON.parse(readFileSync(join(OWN, 'solutions.json'), 'utf8'));
  const recorded = readFileSync(join(FIXTURES, 'replies/replies.jsonl'), 'utf8').trim().split('\n');
  const tasks = new Map();
  for (const { task, files } of recorded.map((line) => JSON.parse(line))) {
    const name = /function (\w+) in/.exec(task)?.[1];
    if (!(name in checks) || tasks.has(name)) continue;
    const [[path, text]] = Object.entries(files);
    const check = (changed) => checkCalls(changed, checks[name]);
    const title = `Fix the function ${name} in ${path}`;
    const description = 'It does not do what its comment says.';
    tasks.set(name, { id: name, title, description, path, text, targets: [name], adds: [], check });
  }
  return [...tasks.values()];
}

function checkCalls(text, calls) {
  const lines = calls.map(
    ([call, wanted]) => `assert.deepEqual(${call}, ${JSON.stringify(wanted)}, ${JSON.stringify(call)});`,
  );
  return inFolder((folder) => {
    writeFileSync(
      join(folder, 'check.cjs'),
      `const assert = require('node:assert/strict');\n${text}\n${lines.join('\n')}\n`,
    );
    return run(process.execPath, ['check.cjs'], folder);
  });
}

/** Tasks on files written for this, in Python, TypeScript and Go. */
function readOwn() {
  const projects = readdirSync(OWN, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return projects.flatMap(({ name }) => {
    const folder = join(OWN, name);
    const tasks = JSON.parse(readFileSync(join(folder, 'tasks.json'), 'utf8'));
    return tasks.map((task) => ({
      adds: [],
      ...task,
      text: readFileSync(join(folder, task.path), 'utf8'),
      check: (changed) => checkProject(folder, task, changed),
    }));
  });
}

function checkProject(source, { id, path }, changed) {
  return inFolder((folder) => {
    writeFileSync(join(folder, path), changed);
    const check = readdirSync(source).find((name) => name.startsWith(`${id}.`));
    const text = readFileSync(join(source, check), 'utf8');
    if (path.endsWith('.go')) {
      writeFileSync(join(folder, 'go.mod'), `module example.com/${basename(source)}\n\ngo 1.21\n`);
      writeFileSync(join(folder, 'check_test.go'), text);
      return run('go', ['test', './...'], folder);
    }
    writeFileSync(join(folder, check), text);
    if (path.endsWith('.py')) return run('python3', [check], folder);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const options = ['--noCheck', '--target', 'es2022', '--module', 'nodenext', '--outDir', '.'];
    return run(process.execPath, [TSC, ...options, path], folder) ?? run(process.execPath, [check], folder);
  });
}

function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-format-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last lines of what a program said when it failed; undefined when it did not. */
function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 20_000 });
  if (done.error?.code === 'ENOENT') throw new Error(`${command} is needed to check the replies`);
  if (done.status === 0) return undefined;
  return `${done.stdout}${done.stderr}`.trim().split('\n').slice(-6).join('\n') || 'it did not end';
}
