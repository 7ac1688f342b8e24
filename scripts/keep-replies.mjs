// Keeps real replies as test data beside the prompt templates: test/fixtures/prompts/<template>.jsonl.
// usage: node scripts/keep-replies.mjs --server "Ollama 0.24.0" --date 2026-11-22 FOLDER...
// FOLDER: the `exchanges` of a run (<git common dir>/nexus/runs/TASK/RUN/exchanges). Nothing of a reply is changed; an
// exchange that is kept already is not kept twice.
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const OUT = fileURLToPath(new URL('../test/fixtures/prompts/', import.meta.url));

/** What a prompt ends in, by the template that it ends with. The first that fits. */
const ENDINGS = [
  ['plan-complaint', /^That plan can't be used:/],
  // What follows a reply that was refused is no template.
  ['feedback', /^(?!# )[\s\S]{0,4000}$/],
  ['choose-files', /Which of the files listed above must be read/],
  ['plan', /Plan the task for the coder/],
  ['document', /Write the reviewer's notes/],
  ['write-document', /Write the document .* that the task asks for/],
  ['update-document', /Update the documentation file/],
  ['repair', /# The checks fail\n/],
  ['format-search-replace', /<<<<<<< SEARCH/],
  ['format-unified-diff', /Answer with one unified diff/],
  ['format-named-declaration', /answer with (?:a|one) code block/],
  ['format-whole-file', /the whole new content of that file|whole new content/],
];

const { values, positionals } = parseArgs({
  options: { server: { type: 'string' }, date: { type: 'string' } },
  allowPositionals: true,
});
if (values.server === undefined || values.date === undefined || positionals.length === 0) {
  console.error('usage: node scripts/keep-replies.mjs --server "Ollama VERSION" --date YYYY-MM-DD FOLDER...');
  process.exit(2);
}

await mkdir(OUT, { recursive: true });
for (const folder of positionals) {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()) {
    await keep(JSON.parse(await readFile(join(folder, name), 'utf8')));
  }
}

async function keep({ messages, schema, options, reply }) {
  const template = ENDINGS.find(([, pattern]) => pattern.test(messages.at(-1).content))?.[0];
  if (template === undefined || template === 'feedback') return;
  const file = join(OUT, `${template}.jsonl`);
  const known = await readFile(file, 'utf8').catch(() => '');
  const entry = {
    model: options.model,
    server: values.server,
    date: values.date,
    options,
    schema,
    messages,
    reply,
  };
  const line = JSON.stringify(entry);
  if (known.split('\n').includes(line)) return;
  await appendFile(file, `${line}\n`);
  console.log(`${template}: ${reply.length} characters`);
}
