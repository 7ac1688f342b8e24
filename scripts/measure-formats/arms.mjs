import { findTargets } from '../../build/coding/find-targets.js';
import { nameTargets } from '../../build/coding/name-targets.js';
import { renderCoderPrompt, renderRules } from '../../build/coding/prompt.js';
import { listDeclarations, nameOf } from './declarations.mjs';
import { outline } from './outline.mjs';

/** How a change is asked for. Each is a generator of questions: what it yields is asked, and gets the reply back. */
export const ARMS = {
  'whole-file': askInFormat('whole-file'),
  'search-replace': askInFormat('search-replace'),
  'named-declaration': askInFormat('named-declaration'),
  'target-first': askTargetFirst,
  outlined: askOutlined,
  explained: askExplained,
};

/** The format that the replies of an arm are in. */
export function formatOf(arm) {
  return ['target-first', 'outlined', 'explained'].includes(arm) ? 'named-declaration' : arm;
}

function askInFormat(format) {
  return function* (task, templates, parsers) {
    yield { messages: renderPrompt(task, format, templates, findNamed(task, parsers)) };
  };
}

/** As named declarations, but the file is shown without the bodies of what is not named. */
function* askOutlined(task, templates, parsers) {
  const targets = findNamed(task, parsers);
  const names = targets.map(({ name }) => name);
  const parsed = parsers.parserFor(task.path)?.parse(task.text);
  const text = names.length === 0 ? task.text : outline(task.text, parsed, names);
  yield { messages: renderPrompt({ ...task, text }, 'named-declaration', templates, targets) };
}

/** As named declarations, but the model first says what is wrong. */
function* askExplained(task, templates, parsers) {
  const targets = findNamed(task, parsers);
  const [system, user] = renderPrompt(task, 'named-declaration', templates, targets);
  const { change, result } = nameTargets(targets, [task.path]);
  const rules = renderRules('named-declaration', templates, { targets, offered: [task.path] });
  const own =
    '# How to answer\nFirst say in one sentence what is wrong or missing now. Then ' +
    `${change.charAt(0).toLowerCase()}${change.slice(1)} so that the step is done, and write one code block that holds ` +
    `${result}, whole, and nothing else. Leave out every other declaration: it stays as it is.`;
  yield { messages: [system, { role: 'user', content: `${user.content.slice(0, -rules.length)}${own}` }] };
}

/** What the product finds in the words of the task. */
function findNamed({ path, text, title, description }, parsers) {
  return findTargets(new Map([[path, text]]), parsers, { words: `${title}\n${description}` });
}

/** Whether the words of a task name what must change, and nothing else. */
export function isNamed(task, parsers) {
  const named = findNamed(task, parsers).map(({ name }) => name);
  const short = (names) => names.map((name) => name.split('.').at(-1)).toSorted((a, b) => (a < b ? -1 : 1));
  return short([...task.targets, ...task.adds]).join() === short(named).join();
}

/**
 * First which declarations must change, under a schema whose `enum` lists those that are there, then each alone. The
 * prompt only grows, so that the server reads the files once.
 */
function* askTargetFirst(task, templates, parsers) {
  const [system, user] = renderPrompt(task, 'named-declaration', templates, []);
  const rules = renderRules('named-declaration', templates, { targets: [], offered: [task.path] });
  const shown = user.content.slice(0, -rules.length);
  const declared = parsers.parserFor(task.path)?.parse(task.text)?.declarations ?? [];
  const question =
    '# First\nWhich function or other declaration must change for this? First say in one sentence what is wrong now and ' +
    'where, then its name in `change` (several only if several must change), and in `new` whether a declaration must be ' +
    'added that is not there yet.';
  const names = listDeclarations(declared).map(nameOf);
  const schema = {
    type: 'object',
    properties: {
      why: { type: 'string', maxLength: 200 },
      change: { type: 'array', items: { type: 'string', enum: [...new Set(names)] }, maxItems: 3 },
      new: { type: 'boolean' },
    },
    required: ['why', 'change', 'new'],
  };
  let messages = [system, { role: 'user', content: `${shown}${question}` }];
  const answer = yield { messages, schema };
  const { change, new: adds } = JSON.parse(answer);
  messages = [...messages, { role: 'assistant', content: answer }];
  const parts = [...new Set(change)].map((name) => [{ path: task.path, name, lines: 1 }]);
  if (adds || parts.length === 0) parts.push([]);
  for (const targets of parts) {
    const content = renderRules('named-declaration', templates, { targets, offered: [task.path] });
    messages = [...messages, { role: 'user', content }];
    const reply = yield { messages };
    messages = [...messages, { role: 'assistant', content: reply }];
  }
}

function renderPrompt({ id, title, description, path, text }, format, templates, targets) {
  const step = { title, instruction: description, files: [path], doneWhen: '' };
  return renderCoderPrompt({
    task: { id, title, description, acceptance: [], files: [], only: false },
    plan: { summary: title, steps: [step] },
    files: new Map([[path, { kind: 'text', text }]]),
    assignment: { kind: 'step', number: 1, step },
    format,
    rules: renderRules(format, templates, { targets, offered: [path] }),
    baseFailures: undefined,
    templates,
  });
}
