import { spawn } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withCompiled } from '../compile-typescript.mjs';
import { CLI } from './bench-start.mjs';
import { git, inTemporaryFolder, run } from './measure.mjs';

const SUPPORT = ['test/support/scripted-ollama.ts', 'test/support/process-usage.ts'];

/** Files of the project. */
const PARTS = 100;

/** The project's check. */
export const CHECK = 'git grep -q export -- src';

/** Seconds; the shortest that somebody would set. */
const SETTLE = 0.5;
export const SETTLE_MS = SETTLE * 1000;

/**
 * A real `nexus watch` in a small repository with one task that it has done, and a model server with scripted words.
 * `use` gets what can be done with it. `steps`: of each task, each in a file of its own.
 */
export function withWatch(use, options) {
  return withProject(async ({ repository, env, setTasks, ...project }) => {
    const watch = startWatch(repository, env);
    try {
      await watch.idleWith(1);
      const { pid, idleWith, checks } = watch;
      return await use({ ...project, repository, setTasks, pid, idleWith, checks });
    } finally {
      await watch.end();
    }
  }, options);
}

/** The same repository and server, for other commands. */
export function withProject(use, { steps = 1 } = {}) {
  return withCompiled(SUPPORT, async (paths) => {
    const [ollama, usage] = await Promise.all(paths.map((path) => import(pathToFileURL(path).href)));
    const asked = createAsked(steps);
    const server = await ollama.startScriptedOllama({ replies: (chat) => asked.reply(chat) });
    try {
      return await inTemporaryFolder((folder) => {
        const project = createProject(folder, server.url);
        return use({ ...project, asked, ...usage });
      });
    } finally {
      await server.close();
    }
  });
}

function createProject(folder, url) {
  const repository = join(folder, 'repository');
  const setTasks = (count) => writeFileSync(join(repository, 'tasks.yml'), renderTasks(count));
  generateProject(repository, url, setTasks);
  const own = { NEXUS_CONFIG_HOME: join(folder, 'home'), NEXUS_CACHE_HOME: join(folder, 'cache') };
  const env = { ...process.env, ...own, NO_COLOR: '1' };
  run(process.execPath, [CLI, 'trust', '--yes'], { cwd: repository, env });
  return { repository, env, setTasks };
}

/** With a check, as every project in use has one; what it says of the base is known after the first task. */
function generateProject(repository, url, setTasks) {
  mkdirSync(join(repository, 'src'), { recursive: true });
  git(repository, ['init', '--quiet', '--initial-branch=main']);
  git(repository, ['config', 'user.name', 'Bench']);
  git(repository, ['config', 'user.email', 'bench@example.com']);
  for (let index = 0; index < PARTS; index += 1)
    writeFileSync(join(repository, fileOf(index)), `export const part = ${index};\n`);
  const config = [
    `checks: [${CHECK}]`,
    `watch: { settle: ${SETTLE} }`,
    `overseer: { url: '${url}' }`,
    `coder: { url: '${url}' }`,
  ];
  writeFileSync(join(repository, '.nexus.yml'), `${config.join('\n')}\n`);
  setTasks(1);
  git(repository, ['add', '--all']);
  git(repository, ['commit', '--quiet', '-m', 'First']);
}

function renderTasks(count) {
  const entries = Array.from({ length: count }, (_, index) =>
    [`  - id: task-${index}`, `    title: Count part ${index} up`, `    files: [${fileOf(index)}]`].join(
      '\n',
    ),
  );
  return `tasks:\n${entries.join('\n')}\n`;
}

function fileOf(index) {
  return `src/part-${index % PARTS}.mjs`;
}

/** Answers by what is asked, and tells when the next request of a task came and how long the server took. */
function createAsked(steps) {
  let waiting;
  let count = 0;
  const served = measureServer();
  return {
    /** Requests so far. */
    get count() {
      return count;
    },
    /** ms from the head of a request to the last byte of its answer, of all requests (also those that ask no model). */
    served: served.ms,
    /** ms of `performance.now()` when the next request came. */
    next: () =>
      new Promise((resolve) => {
        waiting = resolve;
      }),
    reply({ messages, format }) {
      count += 1;
      waiting?.(served.lastCame());
      waiting = undefined;
      const schema = JSON.stringify(format ?? {});
      const text = messages.map(({ content }) => content).join('\n');
      const part = Number(/Count part (\d+) up/u.exec(text)?.[1]);
      const files = Array.from({ length: steps }, (_, step) => fileOf(part + step * 20));
      if (schema.includes('"done_when"')) return { json: plan(files) };
      if (schema.includes('"review"'))
        return { json: { what: 'Counts.', why: 'Asked.', review: 'The part.' } };
      if (schema.includes('"files"')) return { json: { files } };
      // The question stands at the end.
      const file = [...text.matchAll(/Count (\S+) up\./gu)].at(-1)?.[1];
      return `${file}\n\`\`\`\nexport const part = ${part + 1000};\n\`\`\`\n`;
    },
  };
}

/** The server is in this process, so Node tells of its requests. */
function measureServer() {
  let ms = 0;
  let last = 0;
  const came = new WeakMap();
  subscribe('http.server.request.start', ({ request }) => {
    last = performance.now();
    came.set(request, last);
  });
  subscribe('http.server.response.finish', ({ request }) => {
    ms += performance.now() - came.get(request);
  });
  return { ms: () => ms, lastCame: () => last };
}

function plan(files) {
  const steps = files.map((file) => ({
    title: `Count ${file}`,
    instruction: `Count ${file} up.`,
    files: [file],
    done_when: 'It is counted.',
  }));
  return { answer: 'plan', summary: 'It is counted up.', steps, documents: [], question: '' };
}

/** One `nexus run`. Resolves with the number of checks that ran. */
export async function runOnce(cwd, env) {
  const child = spawn(process.execPath, [CLI, 'run', '--json'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ended = events.filter(({ type }) => type === 'task-ended');
  if (code !== 0 || ended.some(({ outcome }) => outcome.kind !== 'review'))
    throw new Error(`nexus run: ${text}`);
  return events.filter(({ type }) => type === 'check-ended').length;
}

function startWatch(cwd, env) {
  const child = spawn(process.execPath, [CLI, 'watch', '--json'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let idle = 0;
  let checks = 0;
  let rest = '';
  const listeners = new Set();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stderr.on('data', (piece) => {
    errors += piece;
  });
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const event = JSON.parse(line);
      if (event.type === 'idle') idle = event.tasks;
      if (event.type === 'check-ended') checks += 1;
      // A measurement of something that went wrong would be worth nothing.
      if (event.type === 'task-ended' && event.outcome.kind !== 'review') errors += line;
      for (const listener of listeners) listener();
    }
  });
  return {
    pid: child.pid,
    /** How many checks have run. */
    checks: () => checks,
    /** Waits until it has nothing to do with this number of tasks. */
    idleWith: (tasks) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (errors !== '') reject(new Error(`nexus watch: ${errors}`));
          else if (idle === tasks) resolve();
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        void ended.then((code) => reject(new Error(`nexus watch ended with ${code}: ${errors}`)));
        look();
      }),
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
