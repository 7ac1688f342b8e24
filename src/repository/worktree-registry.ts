import { setTimeout as delay } from 'node:timers/promises';
import { GitFailed } from './failures.js';

/** Attempts at a command that met a half-written entry, and the pause between them in ms. */
const ATTEMPTS = 5;
const PAUSE = 40;

const last = new Map<string, Promise<unknown>>();

/**
 * Runs a `git worktree` command when no other of this process works on the same repository. git has no lock for its
 * list of worktrees: whoever reads it while another entry is being made or removed fails ("failed to read
 * .git/worktrees/x/commondir"), so such a failure, caused by another process, is tried again.
 */
export async function withWorktreeRegistry<T>(commonDir: string, use: () => Promise<T>): Promise<T> {
  const turn = (last.get(commonDir) ?? Promise.resolve()).then(() => attempt(use));
  const settled = turn.catch(() => undefined);
  last.set(commonDir, settled);
  try {
    return await turn;
  } finally {
    if (last.get(commonDir) === settled) last.delete(commonDir);
  }
}

async function attempt<T>(use: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    try {
      return await use();
    } catch (error) {
      if (left === 0 || !isHalfWritten(error)) throw error;
      await delay(PAUSE);
    }
  }
}

/** Whether a `git worktree` command met an entry that another process was making or removing. */
export function isHalfWritten(error: unknown): boolean {
  return error instanceof GitFailed && /worktrees\/[^\n]*\b(?:commondir|gitdir|HEAD)\b/.test(error.stderr);
}
