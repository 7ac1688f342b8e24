import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRunStore } from '../../build/journal/run-store.js';
import { parseTasks } from '../../build/tasks/parse.js';
import { CLI } from './bench-start.mjs';
import { comparePairs, git, inTemporaryFolder, run } from './measure.mjs';

const TASKS = 1000;
const BRANCHES = 200;

/** `nexus status` with 1,000 tasks and 200 branches whose runs have journals, against a node that does nothing. */
export function benchStatus(rounds) {
  return inTemporaryFolder(async (folder) => {
    const repository = join(folder, 'repository');
    mkdirSync(repository);
    await generateProject(repository);
    const env = { ...process.env, NEXUS_CONFIG_HOME: join(folder, 'home'), NO_COLOR: '1' };
    const answer = run(process.execPath, [CLI, 'status', '--json'], { cwd: repository, env });
    const inReview = JSON.parse(answer).tasks.filter(({ state }) => state.kind === 'review').length;
    // A measurement of something that went wrong would be worth nothing.
    if (inReview !== BRANCHES) throw new Error(`${inReview} tasks are in review, not ${BRANCHES}`);
    return comparePairs(
      rounds,
      () => run(process.execPath, [CLI, 'status'], { cwd: repository, env }),
      () => run(process.execPath, ['-e', '0']),
    );
  });
}

async function generateProject(folder) {
  git(folder, ['init', '--quiet', '--initial-branch=main']);
  git(folder, ['config', 'user.name', 'Bench']);
  git(folder, ['config', 'user.email', 'bench@example.com']);
  writeFileSync(join(folder, '.nexus.yml'), 'coder:\n  model: qwen2.5-coder:7b\nchecks:\n  - npm test\n');
  const text = renderTasks();
  writeFileSync(join(folder, 'tasks.yml'), text);
  git(folder, ['add', '--all']);
  git(folder, ['commit', '--quiet', '-m', 'First']);
  const base = git(folder, ['rev-parse', 'HEAD']).trim();
  git(folder, ['fast-import', '--quiet'], { input: renderBranches(base) });
  // The base has moved on since, as it has in every repository in use.
  git(folder, ['commit', '--quiet', '--allow-empty', '-m', 'Second']);
  const { tasks } = parseTasks(text);
  const store = openRunStore(join(folder, '.git'));
  for (const task of tasks.slice(0, BRANCHES)) {
    const tips = git(folder, ['rev-list', `${base}..nexus/${task.id}`])
      .trim()
      .split('\n');
    await writeJournal(store, task, base, tips);
  }
}

function renderTasks() {
  const entries = Array.from({ length: TASKS }, (_, index) =>
    [
      `  - id: task-${index}`,
      `    title: Change the behaviour of part ${index} so that it does what it should`,
      '    description: |',
      `      Part ${index} takes the first of its inputs where it should take the last.`,
      '      Mend that, and say so in its documentation.',
      `    files: [src/part-${index}.js, test/part-${index}.test.js]`,
      '    acceptance:',
      '      - The last input wins',
      index % 10 === 9 ? `    depends_on: task-${index - 1}` : '    priority: normal',
    ].join('\n'),
  );
  return `tasks:\n${entries.join('\n')}\n`;
}

function renderBranches(base) {
  const who = 'Bench <bench@example.com> 1700000000 +0000';
  const parts = [];
  for (let index = 0; index < BRANCHES; index += 1) {
    for (const step of ['plan', 'step-1', 'step-2', 'documents']) {
      const message = `Do ${step}\n\nNexus-Task: task-${index}\nNexus-Run: 0001-abcdef\nNexus-Step: ${step}\n`;
      const text = `${step} of ${index}\n`;
      parts.push(
        `commit refs/heads/nexus/task-${index}\ncommitter ${who}\ndata ${message.length}\n${message}` +
          (step === 'plan' ? `from ${base}\n` : '') +
          `M 100644 inline src/part-${index}-${step}.js\ndata ${text.length}\n${text}\n`,
      );
    }
  }
  return parts.join('');
}

/** The journal that a run of two steps with one refused reply leaves. */
async function writeJournal(store, task, base, [tip, ...older]) {
  const report = { tree: tip, results: [checkResult()], setupFailed: undefined };
  const journal = await store.create({
    type: 'run-started',
    run: '0001-abcdef',
    nexus: '0.1.0',
    task: { id: task.id, title: task.title, hash: task.hash, kind: task.kind },
    base,
    baseName: 'main',
    branch: `nexus/${task.id}`,
    models: { overseer: 'llama3.1:8b', coder: 'qwen2.5-coder:7b' },
    dirty: [],
    checks: ['npm test'],
  });
  await journal.append({ type: 'base-checked', report });
  await journal.append({ type: 'stage', stage: 'planning' });
  await journal.append(exchange(1, 'overseer', 'plan'));
  await journal.append({ type: 'planned', plan: plan(task), notes: notes() });
  for (const [index, oid] of [...older.toReversed(), tip].entries()) {
    await journal.append(exchange(index + 2, 'coder', 'code'));
    await journal.append({
      type: 'committed',
      label: ['plan', 'step-1', 'step-2', 'documents'][index],
      oid,
      parent: base,
      subject: 'Do it',
      edits: [],
      attempts: 1,
    });
  }
  await journal.append({ type: 'stage', stage: 'checking' });
  await journal.append({ type: 'checked', commit: tip, report, verdict: { kind: 'good' } });
  await journal.append({ type: 'ended', outcome: { kind: 'review' }, tip });
}

/** Real checks print pages; the journal keeps up to 20,000 characters of each. */
function checkResult() {
  return {
    name: 'npm test',
    command: 'npm test',
    cwd: '.',
    outcome: 'passed',
    exitCode: 0,
    signal: undefined,
    durationMs: 4000,
    output: 'ok 1 - it does what it should\n'.repeat(150),
  };
}

function exchange(number, role, purpose) {
  return {
    type: 'exchange',
    number,
    role,
    model: 'qwen2.5-coder:7b',
    purpose,
    step: purpose === 'code' ? 1 : undefined,
    attempt: 1,
    key: String(number).repeat(64).slice(0, 64),
    ending: 'stop',
    estimatedTokens: 1200,
    usage: {
      promptTokens: 1234,
      answerTokens: 321,
      loadMs: 0,
      promptMs: 900,
      answerMs: 16_000,
      totalMs: 17_000,
    },
  };
}

function plan(task) {
  const step = { title: 'Change it', instruction: task.description, files: task.files, doneWhen: 'It does' };
  return { summary: task.title, steps: [step, step], documents: [] };
}

function notes() {
  return { fallback: false, attempts: 1, remarks: [], filesRead: [], leftOut: [] };
}
