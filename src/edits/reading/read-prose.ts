import { closesBeginPatch, opensBeginPatch, readBeginPatch } from './begin-patch.js';
import type { Edit } from './edit.js';
import { readUnifiedDiff } from './unified-diff.js';

/** Diffs and patches that stand in the reply without a fence. */
export function readProse(lines: readonly string[], open: boolean): Edit[] {
  const edits: Edit[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (opensBeginPatch(line)) {
      let end = at + 1;
      while (end < lines.length && !closesBeginPatch(lines[end - 1] ?? '')) end += 1;
      const closed = closesBeginPatch(lines[end - 1] ?? '');
      edits.push(...readBeginPatch(lines.slice(at, end), closed || !open));
      at = end;
    } else if (
      line.startsWith('diff --git ') ||
      (/^--- \S/.test(line) && /^\+\+\+ \S/.test(lines[at + 1] ?? ''))
    ) {
      let end = at + 1;
      while (end < lines.length && isDiffLine(lines[end] ?? '')) end += 1;
      edits.push(...readUnifiedDiff(lines.slice(at, end), undefined, end < lines.length || !open));
      at = end;
    } else at += 1;
  }
  return edits;
}

function isDiffLine(line: string): boolean {
  return (
    line === '' ||
    /^[ +\-\\@]/.test(line) ||
    /^(?:diff --git |index |old mode |new mode |new file |deleted file |similarity |dissimilarity |rename )/.test(
      line,
    )
  );
}
