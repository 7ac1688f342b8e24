import { findTargets, listVisible } from '../../dist/coding/find-targets.js';
import { renderCoderPrompt, renderRules } from '../../dist/coding/prompt.js';

/** How a change is asked for. Each is a generator of questions: what it yields is asked, and gets the reply back. */
export const ARMS = {
  'whole-file': askInFormat('whole-file'),
  'search-replace': askInFormat('search-replace'),
  'named-declaration': askInFormat('named-declaration'),
  'target-first': askTargetFirst,
};

/** The format that the replies of an arm are in. */
export function formatOf(arm) {
  return arm in ARMS && arm !== 'target-first' ? arm : 'named-declaration';
}

function askInFormat(format) {
  return function* (task, templates, parsers) {
    yield { messages: renderPrompt(task, format, templates, findNamed(task, parsers)) };
  };
}

/** What the product finds in the words of the task. */
function findNamed({ path, text, title, description }, parsers) {
  return findTargets(new Map([[path, text]]), parsers, { words: `${title}\n${description}` });
}

/** Whether the words of a task name what must change, and nothing else. */
export function isNamed(task, parsers) {
  const named = findNamed(task, parsers).map(({ name }) => name);
  const short = (name) => name.split('.').at(-1);
  return [...task.targets, ...task.adds].map(short).sort().join() === named.map(short).sort().join();
}

/**
 * First which declarations must change, under a schema whose `enum` lists those that are there, then each alone. The
 * prompt only grows, so that the server reads the files once.
 */
function* askTargetFirst(task, templates, parsers) {
  const [system, user] = renderPrompt(task, 'named-declaration', templates, []);
  const rules = renderRules('named-declaration', templates, { targets: [], offered: [task.path] });
  const shown = user.content.slice(0, -rules.length);
  const declared = listVisible(parsers.parserFor(task.path)?.parse(task.text)?.declarations ?? []);
  const question =
    '# First\nWhich function or other declaration must change for this? First say in one sentence what is wrong now and ' +
    'where, then its name in `change` (several only if several must change), and in `new` whether a declaration must be ' +
    'added that is not there yet.';
  const names = declared.map(({ scope, name }) => [...scope, name].join('.'));
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
