// Prints what failed and nothing else: no times and no absolute paths, so the same failure always reads the same.
import { relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

const FOLDER = process.cwd();

/** Takes this computer's folders out of a text. */
function shorten(text) {
  return text.replaceAll(`${pathToFileURL(FOLDER).href}/`, '').replaceAll(FOLDER + sep, '');
}

function indent(text) {
  return text.trim().replace(/^/gm, '  ');
}

/** What went wrong in one test, and in which line of this repository. */
function explain(error) {
  const cause = error.cause ?? error;
  if (cause?.code === 'ERR_ASSERTION' && cause.generatedMessage && 'expected' in cause) {
    return `expected: ${inspect(cause.expected)}\nreceived: ${inspect(cause.actual)}`;
  }
  if (typeof cause?.message !== 'string') return String(cause);
  const place = cause.stack?.split('\n').find((line) => line.includes(pathToFileURL(FOLDER).href));
  return [`${cause.name}: ${cause.message}`, ...(place ? [place.trim()] : [])].join('\n');
}

/** What a test file printed before it crashed, without the lines that speak of Node's own files. */
function withoutNode(lines) {
  return lines.filter((line) => !/^\s+at |^node:internal|^Node\.js v/.test(line)).join('');
}

export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  const printed = new Map();
  for await (const { type, data } of events) {
    const file = data.file === undefined ? '' : relative(FOLDER, resolve(data.file)).replaceAll(sep, '/');
    if (type === 'test:stderr') printed.set(file, [...(printed.get(file) ?? []), data.message]);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const isFile = file !== '' && resolve(data.name) === resolve(data.file);
    if (type === 'test:fail') {
      failed += 1;
      const text = isFile ? withoutNode(printed.get(file) ?? []) || 'crashed' : explain(data.details.error);
      yield `${isFile ? file : `${file}:${data.line} ${data.name}`}\n${shorten(indent(text))}\n\n`;
    } else if (!isFile) passed += 1;
  }
  yield `${passed} passed, ${failed} failed\n`;
  if (passed + failed === 0) {
    yield 'The files have no tests.\n';
    process.exitCode = 1;
  }
}
