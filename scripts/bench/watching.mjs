import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withCompiled } from '../compile-typescript.mjs';
import { CLI } from './bench-start.mjs';
import { git, inTemporaryFolder, run } from './measure.mjs';

const SUPPORT = ['test/support/scripted-ollama.ts', 'test/support/process-usage.ts'];

/** Seconds; the shortest that somebody would set. */
const SETTLE = 0.5;
export const SETTLE_MS = SETTLE * 1000;

/**
 * A real `nexus watch` in a small repository with one task that it has done, and a model server with scripted words.
 * `use` gets what can be done with it.
 */
export function withWatch(use) {
  return withCompiled(SUPPORT, async (paths) => {
    const [ollama, usage] = await Promise.all(paths.map((path) => import(pathToFileURL(path).href)));
    const asked = createAsked();
    const server = await ollama.startScriptedOllama({ replies: (chat) => asked.reply(chat) });
    try {
      return await inTemporaryFolder((folder) =>
        watchIn(folder, server.url, asked, (watch) => use({ ...watch, ...usage })),
      );
    } finally {
      await server.close();
    }
  });
}

async function watchIn(folder, url, asked, use) {
  const repository = join(folder, 'repository');
  const setTasks = (count) => writeFileSync(join(repository, 'tasks.yml'), renderTasks(count));
  generateProject(repository, url, setTasks);
  const own = { NEXUS_CONFIG_HOME: join(folder, 'home'), NEXUS_CACHE_HOME: join(folder, 'cache') };
  const env = { ...process.env, ...own, NO_COLOR: '1' };
  run(process.execPath, [CLI, 'trust', '--yes'], { cwd: repository, env });
  const watch = startWatch(repository, env);
  try {
    await watch.idleWith(1);
    return await use({ pid: watch.pid, setTasks, idleWith: watch.idleWith, asked });
  } finally {
    await watch.end();
  }
}

/** With a check, as every project in use has one; what it says of the base is known after the first task. */
function generateProject(repository, url, setTasks) {
  mkdirSync(join(repository, 'src'), { recursive: true });
  git(repository, ['init', '--quiet', '--initial-branch=main']);
  git(repository, ['config', 'user.name', 'Bench']);
  git(repository, ['config', 'user.email', 'bench@example.com']);
  for (let index = 0; index < 100; index += 1)
    writeFileSync(join(repository, 'src', `part-${index}.mjs`), `export const part = ${index};\n`);
  const config = [
    'checks: [git grep -q export -- src]',
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
    [`  - id: task-${index}`, `    title: Count part ${index} up`, `    files: [src/part-${index}.mjs]`].join(
      '\n',
    ),
  );
  return `tasks:\n${entries.join('\n')}\n`;
}

/** Answers by what is asked, and tells when the next request of a task came. */
function createAsked() {
  let waiting;
  let count = 0;
  return {
    /** Requests so far. */
    get count() {
      return count;
    },
    /** ms of `performance.now()` when the next request came. */
    next: () =>
      new Promise((resolve) => {
        waiting = resolve;
      }),
    reply({ messages, format }) {
      count += 1;
      waiting?.(performance.now());
      waiting = undefined;
      const schema = JSON.stringify(format ?? {});
      const part = /Count part (\d+) up/u.exec(messages.map(({ content }) => content).join('\n'))?.[1];
      const file = `src/part-${part}.mjs`;
      if (schema.includes('"done_when"')) return { json: plan(file) };
      if (schema.includes('"review"'))
        return { json: { what: 'Counts.', why: 'Asked.', review: 'The part.' } };
      if (schema.includes('"files"')) return { json: { files: [file] } };
      return `${file}\n\`\`\`\nexport const part = ${Number(part) + 1};\n\`\`\`\n`;
    },
  };
}

function plan(file) {
  const step = {
    title: 'Count it up',
    instruction: 'Count it up.',
    files: [file],
    done_when: 'It is counted.',
  };
  return { answer: 'plan', summary: 'It is counted up.', steps: [step], documents: [], question: '' };
}

function startWatch(cwd, env) {
  const child = spawn(process.execPath, [CLI, 'watch', '--json'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  let idle = 0;
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
      // A measurement of something that went wrong would be worth nothing.
      if (event.type === 'task-ended' && event.outcome.kind !== 'review') errors += line;
      for (const listener of listeners) listener();
    }
  });
  return {
    pid: child.pid,
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
