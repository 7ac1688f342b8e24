import { extname } from 'node:path/posix';
import type { FileContent, RepoPath } from '../edits/types.js';
import type { Task } from '../tasks/task.js';
import { neutralizeSpecialTokens } from './special-tokens.js';

/*
 * The parts of which every prompt is made. They are written so that the text of a part depends on nothing that changes
 * within a run: a server that has read a prefix once does not read it again (design.md §5.7).
 */

/** The task as both roles see it. */
export function renderTask(task: Task): string {
  const parts = [`# Task: ${task.title}`];
  if (task.description !== '' && task.description !== task.title) parts.push(task.description.trim());
  if (task.acceptance.length > 0)
    parts.push(['It is done when:', ...task.acceptance.map((a) => `- ${a}`)].join('\n'));
  if (task.files.length > 0) {
    parts.push(`${task.only ? 'Only these files may change' : 'Look first at'}: ${task.files.join(', ')}`);
  }
  return neutralizeSpecialTokens(parts.join('\n'));
}

/** One file as a fenced block under its path. The fence is longer than any inside. */
export function renderFile(path: RepoPath, text: string): string {
  const fence = '`'.repeat(Math.max(3, longestFence(text) + 1));
  const body = text.endsWith('\n') ? text : `${text}\n`;
  return neutralizeSpecialTokens(`${path}\n${fence}${extname(path).slice(1)}\n${body}${fence}`);
}

/** Files under one heading, in the order given; those that are no text are named with the reason. */
export function renderFiles(files: ReadonlyMap<RepoPath, FileContent>): string {
  const blocks = [...files].map(([path, content]) =>
    content.kind === 'text' ? renderFile(path, content.text) : `${path} (not shown: ${content.kind})`,
  );
  return ['# Files as they are now', ...blocks].join('\n\n');
}

function longestFence(text: string): number {
  return Math.max(0, ...[...text.matchAll(/^\s*(`{3,})/gm)].map((match) => match[1]?.length ?? 0));
}

/** Parts of a message, in order, with a blank line between them. */
export function joinParts(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}
