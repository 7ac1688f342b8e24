import { applyReply } from '../../build/edits/apply-reply.js';
import { renderRules } from '../../build/coding/prompt.js';
import { compareTexts } from './declarations.mjs';
import { formatOf } from './arms.mjs';

/**
 * What became of the recorded replies to one task: `applied`; `place`, only what had to change did; `right`, that and
 * the task's check passes. `why` says in a few words why not.
 */
export function judgeRecord(record, task, { templates, parsers }) {
  const format = formatOf(record.arm);
  const codes = record.exchanges.filter((exchange) => exchange.kind === 'code');
  const outcome = applyReply({
    // What was asked for one by one is one change.
    reply: codes.map(({ reply }) => reply).join('\n\n'),
    ending: codes.every(({ ending }) => ending === 'stop') ? 'stop' : 'length',
    files: new Map([[task.path, { kind: 'text', text: task.text }]]),
    offered: [task.path],
    asked: format,
    rules: {
      mayTouch: (path) => path !== task.path,
      mentioned: `${task.title}\n${task.description}`,
      example: renderRules(format, templates, { targets: [], offered: [task.path] }),
      parsers,
    },
  });
  if (outcome.kind !== 'applied') {
    return {
      applied: false,
      place: false,
      right: false,
      why: outcome.rejections.map(({ code }) => code).join(' '),
    };
  }
  const text = outcome.changes.find(({ path }) => path === task.path)?.newText ?? task.text;
  const others = outcome.changes.filter(({ path }) => path !== task.path).map(({ path }) => path);
  const passes = [...new Set(outcome.edits.map(({ pass }) => pass))].join(' ');
  const { declarations, elsewhere } = compareTexts(parsers.parserFor(task.path), task.text, text);
  const allowed = new Set([...task.targets, ...task.adds]);
  const beside = declarations.filter((name) => !allowed.has(name));
  if (elsewhere) beside.push('text between declarations');
  beside.push(...others);
  const place = beside.length === 0;
  const wrong = task.check(text);
  const why = [
    passes,
    ...(place ? [] : [`beside: ${beside.join(', ')}`]),
    ...(wrong === undefined
      ? []
      : [`check: ${wrong.split('\n').find((line) => /error|fail/i.test(line)) ?? 'fails'}`]),
  ].join('; ');
  return { applied: true, place, passes: wrong === undefined, right: place && wrong === undefined, why };
}
