import { basename } from 'node:path/posix';
import type { RepoPath } from '../edits/types.js';

/** A line of a file that the output of a check names; `line` counts from 0. */
export interface Frame {
  path: RepoPath;
  line: number;
}

/** `src/a.ts:12:3`, `File "/work/a.py", line 12`, `a.go:12 +0x4c`, `C:\work\a.ts(12,3)`. */
const FRAME = /((?:[A-Za-z]:)?[^\s"'`()[\]<>:,;]*\.[A-Za-z\d+]+)(?:", line |:|\()(\d+)/g;
/** Output may be long, and what fails last says as much as what fails first. */
const MOST = 200;

/**
 * The lines of `paths` that stack traces and messages of a check name. The output may show a longer path (that of the
 * worktree) or a shorter one (that of the folder it ran in); a place that could be in two of the files is left out.
 */
export function readFrames(output: string, paths: readonly RepoPath[]): Frame[] {
  const frames: Frame[] = [];
  for (const match of output.matchAll(FRAME)) {
    const written = (match[1] ?? '').replaceAll('\\', '/').replace(/^(?:file:\/\/|\.\/)/, '');
    const [path, other] = paths.filter((one) => isSame(written, one));
    if (path === undefined || other !== undefined) continue;
    frames.push({ path, line: Number(match[2]) - 1 });
    if (frames.length === MOST) break;
  }
  return frames;
}

function isSame(written: string, path: RepoPath): boolean {
  if (basename(written) !== basename(path)) return false;
  return written === path || written.endsWith(`/${path}`) || path.endsWith(`/${written}`);
}
