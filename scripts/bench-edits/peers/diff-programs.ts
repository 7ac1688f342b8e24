import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Case } from '../make-case.js';
import { isPlainDiff, type Left, type Peer } from './peer.js';

/** One shell starts the program for all cases of a batch, each in a folder of its own. */
const BATCH = 400;

/** Without counts `git apply` reads no damaged diff at all. */
export const gitApply: Peer = {
  name: 'git apply --recount',
  reads: isPlainDiff,
  run: (cases) =>
    runAll(cases, (diff) => `git -c core.autocrlf=false apply --recount --whitespace=nowarn ${diff}`),
};

/** With the file's name where one file changes: then what stands behind `---` does not matter. */
export const gnuPatch: Peer = {
  name: 'GNU patch',
  reads: isPlainDiff,
  run: (cases) =>
    runAll(cases, (diff, one) => {
      const [path] = [...one.truth.keys()];
      const file = one.truth.size === 1 ? ` '${path ?? ''}'` : '';
      return `patch --batch --forward --no-backup-if-mismatch --silent -p1 -i ${diff}${file}`;
    }),
};

function runAll(cases: readonly Case[], command: (diff: string, one: Case) => string): Left[] {
  const left: Left[] = [];
  for (let at = 0; at < cases.length; at += BATCH)
    left.push(...runBatch(cases.slice(at, at + BATCH), command));
  return left;
}

function runBatch(cases: readonly Case[], command: (diff: string, one: Case) => string): Left[] {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-bench-edits-'));
  try {
    const script = cases.map((one, at) => {
      for (const [path, text] of one.files) write(join(folder, String(at), path), text);
      write(join(folder, `${at}.diff`), one.diff ?? '');
      return `cd '${join(folder, String(at))}' && ${command(`../${at}.diff`, one)} >/dev/null 2>&1; echo $?`;
    });
    write(join(folder, 'all.sh'), `${script.join('\n')}\n`);
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: folder, LC_ALL: 'C' };
    const done = spawnSync('sh', [join(folder, 'all.sh')], { encoding: 'utf8', env, maxBuffer: 1e8 });
    const codes = done.stdout.trim().split('\n');
    return cases.map((_, at) => (codes[at] === '0' ? readAll(join(folder, String(at))) : undefined));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function readAll(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return new Map(
    entries.map((one) => {
      const path = join(one.parentPath, one.name);
      return [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')] as const;
    }),
  );
}

/** Whether this program can be started. */
export function isThere(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}
