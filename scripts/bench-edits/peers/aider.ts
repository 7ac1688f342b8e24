import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from '../make-case.js';
import type { Left, Peer } from './peer.js';

const VERSION = '0.86.2';
const BATCH = 1000;

/**
 * aider's own code for its two formats, from its Python package, which is fetched into the cache and only run. Undefined
 * where it is not to be had, and `tell` says why.
 */
export function fetchAider(cache: string, tell: (line: string) => void): string | undefined {
  const folder = join(cache, `aider-chat-${VERSION}`);
  if (existsSync(folder)) return folder;
  const working = `${folder}.part`;
  rmSync(working, { recursive: true, force: true });
  mkdirSync(working, { recursive: true });
  const options = { cwd: working, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  const args = ['download', '--quiet', '--no-deps', '--dest', '.', `aider-chat==${VERSION}`];
  const fetched = spawnSync('pip', args, options);
  const wheel = readdirSync(working).find((file) => file.endsWith('.whl'));
  if (fetched.status !== 0 || wheel === undefined) {
    tell('aider is left out: pip cannot download it.');
    return undefined;
  }
  if (spawnSync('python3', ['-m', 'zipfile', '-e', wheel, '.'], options).status !== 0) {
    tell('aider is left out: python3 cannot unpack it.');
    return undefined;
  }
  renameSync(working, folder);
  return folder;
}

/** @param script path of aider.py, which runs the fetched code on one case a line */
export function aiderPeers(script: string, folder: string): Peer[] {
  const peer = (name: string, format: 'search-replace' | 'unified-diff'): Peer => ({
    name,
    reads: (one) => one.format === format,
    run: (cases) => runAll(cases, format, script, folder),
  });
  return [peer('aider, search/replace', 'search-replace'), peer('aider, udiff', 'unified-diff')];
}

function runAll(cases: readonly Case[], format: string, script: string, folder: string): Left[] {
  const left: Left[] = [];
  for (let at = 0; at < cases.length; at += BATCH) {
    const lines = cases
      .slice(at, at + BATCH)
      .map((one) => JSON.stringify({ reply: one.reply, files: Object.fromEntries(one.files) }));
    const done = spawnSync('python3', [script, folder, format], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    if (done.status !== 0) throw new Error(`aider's code cannot be run: ${done.stderr.trim().slice(-500)}`);
    const results = done.stdout.trim().split('\n');
    left.push(...results.map(readLine));
  }
  return left;
}

function readLine(line: string): Left {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  return new Map(Object.entries(parsed).map(([path, text]) => [path, String(text)]));
}
