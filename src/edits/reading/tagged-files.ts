const OPEN = /^<file path="([^"]{1,400})">\s*$/;
const CLOSE = /^<\/file>\s*$/;
const FENCE = /^[ \t]*(`{3,20})/;
const BLOCK = /^<{5,9}\s*SEARCH/;

/**
 * Reads `<file path="…">` … `</file>` as the path and a fenced block: prompts for edits by blocks show files that way,
 * and small models answer in the shape in which they were shown a file (seen on Qwen2.5-Coder 1.5B). Around
 * search/replace blocks the tags only name the file. A tag that is not closed stays as it is.
 */
export function fenceTaggedFiles(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => line.startsWith('<file') && OPEN.test(line))) return lines;
  const result: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const path = OPEN.exec(line)?.[1];
    const close = path === undefined ? -1 : findClose(lines, at + 1);
    if (path === undefined || close === -1) {
      result.push(line);
      continue;
    }
    const body = lines.slice(at + 1, close);
    const fence = '`'.repeat(longestFence(body) + 1);
    result.push(path, ...(body.some((text) => BLOCK.test(text)) ? body : [`${fence}file`, ...body, fence]));
    at = close;
  }
  return result;
}

/** The line that closes the tag before `from`; -1 when another file begins first, or none does. */
function findClose(lines: readonly string[], from: number): number {
  for (let at = from; at < lines.length; at += 1) {
    if (CLOSE.test(lines[at] ?? '')) return at;
    if (OPEN.test(lines[at] ?? '')) return -1;
  }
  return -1;
}

function longestFence(lines: readonly string[]): number {
  return lines.reduce((longest, line) => Math.max(longest, FENCE.exec(line)?.[1]?.length ?? 0), 2);
}
