import { extname } from 'node:path/posix';
import type { FileContent, RepoPath } from '../edits/types.js';
import type { Task } from '../tasks/task.js';
import type { ChatMessage } from './port.js';
import { neutralizeSpecialTokens, restoreSpecialTokens } from './special-tokens.js';

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
  return parts.join('\n');
}

/** One file as a fenced block under its path. */
export function renderFile(path: RepoPath, text: string): string {
  const tag = extname(path).slice(1);
  return `${onOneLine(path)}\n${renderBlock(/^[\w+-]+$/.test(tag) ? tag : '', text)}`;
}

/**
 * One file between tags. Small models answer in the shape in which they were shown a file: one that is to be edited by
 * blocks must not look like a whole-file answer (seen on Qwen2.5-Coder 1.5B, which sent the file back unchanged). The
 * tag is one that the text does not close.
 */
export function renderTaggedFile(path: RepoPath, text: string): string {
  let tag = 'file';
  for (let count = 2; text.includes(`</${tag}>`); count += 1) tag = `file-${count}`;
  return `<${tag} path="${onOneLine(path)}">\n${text.endsWith('\n') ? text : `${text}\n`}</${tag}>`;
}

/** Files under one heading, in the order given; those that are no text are named with the reason. */
export function renderFiles(files: ReadonlyMap<RepoPath, FileContent>, render = renderFile): string {
  const blocks = [...files].map(([path, content]) =>
    content.kind === 'text' ? render(path, content.text) : `${onOneLine(path)} (not shown: ${content.kind})`,
  );
  return ['# Files as they are now', ...blocks].join('\n\n');
}

/**
 * A diff as a fenced block of at most about `maxTokens`. A longer one is cut at the end of a line, and the text says so.
 */
export function renderDiff(diff: string, maxTokens: number, estimate: (text: string) => number): string {
  // No tokenizer puts more than this into one token on average; it spares counting what can't fit.
  let shown = diff.slice(0, Math.ceil(maxTokens) * 8);
  while (shown !== '' && estimate(shown) > maxTokens) shown = shown.slice(0, Math.floor(shown.length * 0.8));
  if (shown.length === diff.length) return renderBlock('diff', diff.trimEnd());
  const whole = shown.slice(0, shown.lastIndexOf('\n') + 1);
  return `${renderBlock('diff', whole)}\n(the rest of the diff is too long to be shown)`;
}

/** Text in a fence that is longer than any inside. */
function renderBlock(tag: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, longestFence(text) + 1));
  return `${fence}${tag}\n${text.endsWith('\n') ? text : `${text}\n`}${fence}`;
}

function longestFence(text: string): number {
  let longest = 0;
  for (const match of text.matchAll(/^[ \t]*(`{3,})/gm)) longest = Math.max(longest, match[1]?.length ?? 0);
  return longest;
}

/** A name of git's may hold line ends, which would begin a line of the prompt. */
function onOneLine(path: RepoPath): string {
  return path.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '?');
}

/** Parts of a message, in order, with a blank line between them; control tokens of models in them are harmless. */
export function joinParts(parts: readonly (string | undefined)[]): string {
  return neutralizeSpecialTokens(parts.filter((part) => part !== undefined && part !== '').join('\n\n'));
}

/** A conversation that goes on: what was sent stays byte for byte, then the model's reply and what is said to it. */
export function appendTurn(messages: readonly ChatMessage[], reply: string, answer: string): ChatMessage[] {
  return [
    ...messages,
    { role: 'assistant', content: neutralizeSpecialTokens(restoreSpecialTokens(reply)) },
    { role: 'user', content: neutralizeSpecialTokens(answer) },
  ];
}
