/*
 * What differs between two runs of the same check on the same tree: times, addresses, ids. It would spoil the model
 * server's prompt cache and tell a model nothing. A number in the middle of a message may be what the test is about, so
 * each rule names the line that it is for.
 */

interface Rule {
  /** Only lines like this. */
  line: RegExp;
  find: RegExp;
  put: string;
}

const TIME = String.raw`\d+(?:[.,]\d+)?\s?(?:ns|µs|us|ms|s|sec|secs|seconds|m)\b`;
/** A line that a test runner writes about one test or file. */
const STATUS = /^\s*(?:✔|✖|✓|✗|√|×|▶|ℹ|❯|↓|﹣|#|ok\b|not ok\b|---|PASS\b|FAIL\b|\[\d)/;
const SUMMARY = /\b(?:passed|failed|errors?|finished|ran|total|done|built|compiled|completed|time)\b/i;

const RULES: readonly Rule[] = [
  { line: STATUS, find: new RegExp(String.raw`\s*[([]${TIME}[)\]]\s*$`), put: '' },
  { line: STATUS, find: new RegExp(String.raw`\s+${TIME}\s*$`), put: '' },
  // unittest, pytest, cargo: "in 0.05s", "finished in 0.11s".
  {
    line: SUMMARY,
    find: new RegExp(String.raw`,? (?:finished )?in ${TIME}(?: \(\d+:\d+:\d+\))?`, 'i'),
    put: '',
  },
  // pytest pads its headings to the width, which then depends on the time.
  { line: /^=+ .* =+$/, find: /={4,}/g, put: '===' },
  { line: /^[ \t]*at |^thread '/, find: /\b0x[0-9a-f]{6,16}\b/g, put: '0x…' },
  { line: /<.* at 0x[0-9a-f]+>/i, find: / at 0x[0-9a-f]+>/gi, put: '>' },
  // Go: arguments and offsets of a stack frame, the goroutine's number.
  { line: /^[\w./*()-]+\(.*\)$|^\t.*\.go:\d+/, find: /\(\{?0x[^()]*\)$| \+0x[0-9a-f]+$/, put: '' },
  { line: /^goroutine \d+/, find: /\d+/, put: 'N' },
  { line: /^thread '.*' \(\d+\) panicked/, find: / \(\d+\)/, put: '' },
  { line: /^\s+Running .*target/, find: /-[0-9a-f]{16}\)/, put: ')' },
  { line: /^\(node:\d+\)/, find: /^\(node:\d+\)/, put: '(node)' },
  { line: /pytest-of-/, find: /pytest-of-[^/\\]+([/\\])pytest-\d+/g, put: 'pytest-of-user$1pytest-0' },
];

/** Whole lines that are nothing but a time. */
const TIMES_ONLY = [
  /^\s*(?:[#ℹ] )?duration_ms:? [\d.]+$/,
  /^\s*(?:Start at|Duration|Time:|Snapshots? time)\s+[\d:.].*$/,
  /^\s*Finished .* target\(s\) in .*$/,
];

/** The line without what differs from run to run; undefined when nothing is left of it. */
export function withoutVolatile(line: string): string | undefined {
  if (TIMES_ONLY.some((pattern) => pattern.test(line))) return undefined;
  return RULES.reduce(
    (text, rule) => (rule.line.test(text) ? text.replace(rule.find, rule.put) : text),
    line,
  );
}
