/*
 * Lines of a test runner's output that say nothing about a failure: tests that passed, the runner's own stack frames, a
 * failure that is printed twice.
 */

const PASSED = [
  // node --test, vitest, jest, mocha.
  /^\s*[✔✓√] /,
  /^\s*# Subtest: /,
  // go test -v.
  /^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)|--- (?:PASS|SKIP):)\s/,
  /^ok\s+\S+\s+(?:\(cached\)|[\d.]+s)(?:\s|$)/,
  /^\?\s+\S+\s+\[no test files\]$/,
  // cargo test.
  /^test .+ \.\.\. (?:ok|ignored)\b/,
  // pytest -v, unittest -v.
  /^\S+::.+ (?:PASSED|SKIPPED|XFAIL)\b/,
  /^\w+ \([\w.]+\).* \.\.\. (?:ok|skipped\b.*)$/,
];

const FRAMES = [
  // node, of its own modules: "at Test.run (node:internal/…:796:25)", in TAP without the "at".
  /^\s*(?:at )?(?:async )?(?:[\w$.<>[\] ]+ )?\(?node:[\w/.]+:\d+:\d+\)?$/,
  // Go's testing and runtime packages.
  /^\t\S*\/src\/(?:testing|runtime)\/\S+\.go:\d+/,
  /^(?:testing\.|created by testing\.|panic\(\{0x)/,
  // Rust's standard library.
  /^\s+at \/rustc\//,
  /^\s+\d+: (?:__rustc|core|std|alloc|<.* as core|rust_begin_unwind)(?:::| as )/,
];

/** Lines as they came, without the noise. Order is kept. */
export function withoutNoise(lines: readonly string[]): string[] {
  const rest = withoutFirstTelling(withoutPassedTap(lines));
  return rest.filter((line) => ![...PASSED, ...FRAMES].some((pattern) => pattern.test(line)));
}

/** TAP: `ok 1 - name` with the YAML block below it. `not ok`, and a block below that, stay. */
function withoutPassedTap(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let block: string | undefined;
  for (const [at, line] of lines.entries()) {
    if (block !== undefined) {
      if (line === `${block}...`) block = undefined;
      continue;
    }
    const passed = /^(\s*)ok \d+\b/.exec(line);
    if (passed === null) kept.push(line);
    else if (lines[at + 1] === `${passed[1]}  ---`) block = `${passed[1]}  `;
  }
  return kept;
}

/** node's spec reporter tells each failure where it happens and again under a heading at the end. */
function withoutFirstTelling(lines: readonly string[]): string[] {
  const heading = lines.findLastIndex((line) => line === '✖ failing tests:');
  if (heading < 0) return [...lines];
  const again = new Set(lines.slice(heading).map((line) => line.trim()));
  const before = lines.slice(0, heading).filter((line) => line.trim() === '' || !again.has(line.trim()));
  return [...before, ...lines.slice(heading)];
}
