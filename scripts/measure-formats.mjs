// Measures on a real model which edit format pays: npm run measure:formats [-- --ask] [--model M] [--arms A,B] [--tasks A,B]
// Without --ask it judges the replies that are kept (test/fixtures/replies/formats.jsonl); with it, it first asks an
// Ollama server (OLLAMA_HOST or the default) for those that are missing. Needs python3 and go for the checks.
import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadTemplates } from '../build/config/templates.js';
import { loadParsers } from '../build/syntax/load-parsers.js';
import { ARMS, isNamed } from './measure-formats/arms.mjs';
import { askModel, askVersion, keyOf } from './measure-formats/ask-model.mjs';
import { judgeRecord } from './measure-formats/judge-reply.mjs';
import { readTasks } from './measure-formats/material.mjs';
import { printTables } from './measure-formats/table.mjs';

const { values } = parseArgs({
  options: {
    ask: { type: 'boolean', default: false },
    model: { type: 'string', default: 'qwen2.5-coder:1.5b' },
    context: { type: 'string', default: '8192' },
    threads: { type: 'string' },
    arms: { type: 'string', default: Object.keys(ARMS).join(',') },
    tasks: { type: 'string' },
    replies: {
      type: 'string',
      default: fileURLToPath(new URL('../test/fixtures/replies/formats.jsonl', import.meta.url)),
    },
    each: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const arms = values.arms.split(',');
const wanted = values.tasks?.split(',');
const all = readTasks();
const tasks = wanted === undefined ? all : wanted.flatMap((id) => all.filter((task) => task.id === id));
const templates = await loadTemplates('/nonexistent');
const parsers = await loadParsers(tasks.map(({ path }) => path));
const settings = {
  model: values.model,
  context: Number(values.context),
  threads: values.threads === undefined ? undefined : Number(values.threads),
};

if (values.ask) await askMissing();
const results = readRecords()
  .filter(
    ({ arm, model, task }) =>
      arms.includes(arm) && model === values.model && tasks.some(({ id }) => id === task),
  )
  .map((record) => {
    const task = tasks.find(({ id }) => id === record.task);
    return { ...record, named: isNamed(task, parsers), ...judgeRecord(record, task, { templates, parsers }) };
  });
if (values.json) console.log(JSON.stringify(results, undefined, 1));
else printTables(results, { each: values.each });

async function askMissing() {
  const server = await askVersion();
  for (const task of tasks) {
    for (const arm of arms) await askOnce(task, arm, server);
  }
}

async function askOnce(task, arm, server) {
  const questions = ARMS[arm](task, templates, parsers);
  let step = questions.next();
  const key = keyOf(step.value, settings);
  if (readRecords().some((record) => record.key === key)) return;
  const exchanges = [];
  while (!step.done) {
    const exchange = await askModel(step.value, settings);
    exchanges.push(exchange);
    step = questions.next(exchange.reply);
  }
  const record = { task: task.id, arm, model: settings.model, server, date: today(), key, exchanges };
  appendFileSync(values.replies, `${JSON.stringify(record)}\n`);
  const tokens = exchanges
    .map(({ promptTokens, answerTokens }) => `${promptTokens}+${answerTokens}`)
    .join(' ');
  console.error(`${task.id} ${arm}: ${tokens} tokens`);
}

function readRecords() {
  let text = '';
  try {
    text = readFileSync(values.replies, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function today() {
  return new Date().toISOString().slice(0, 10);
}
