import type { HookEvent } from './hook-event.js';

/*
 * Our lines in a hook file of the user's. Texts here are bytes as latin1 characters: whatever encoding the rest of the
 * file has, it comes out as it went in.
 */

const OPEN = '# >>> nexus-overseer';
const CLOSE = '# <<< nexus-overseer <<<';
/** In the opening line of a file that was not there before. */
const MADE = 'made this file';

/** Shells that read our lines; a first line with anything else is no hook to write into. */
const SHEBANG =
  /^#![ \t]*(?:\/\S*\/)?(?:env[ \t]+(?:-S[ \t]+)?)?(?:\/\S*\/)?(?:ba|da|a|k|mk|z)?sh(?:[ \t]+\S+)*[ \t]*\n/;

/** What is there of ours in a text. */
export type BlockState =
  | { kind: 'none' }
  /** From the first to behind the last of our bytes. `made`: the file was not there before. */
  | { kind: 'one'; start: number; end: number; text: string; made: boolean }
  /** Somebody has changed the lines that mark it. */
  | { kind: 'damaged' };

export function findBlock(content: string): BlockState {
  const starts = linesStarting(content, OPEN);
  const closes = linesStarting(content, CLOSE);
  const [start] = starts;
  const [close] = closes;
  if (start === undefined && close === undefined) return { kind: 'none' };
  if (start === undefined || close === undefined || starts.length + closes.length > 2 || close < start) {
    return { kind: 'damaged' };
  }
  const newline = content.indexOf('\n', close);
  const end = newline === -1 ? content.length : newline + 1;
  const text = content.slice(start, end);
  return { kind: 'one', start, end, text, made: text.slice(0, text.indexOf('\n')).includes(MADE) };
}

function linesStarting(content: string, start: string): number[] {
  const found: number[] = [];
  for (let at = content.indexOf(start); at !== -1; at = content.indexOf(start, at + 1)) {
    if (at === 0 || content[at - 1] === '\n') found.push(at);
  }
  return found;
}

/**
 * Our lines. They start a process of their own, so that nothing of the shell that reads them changes: neither `$?` nor
 * `set -e` nor stdin. The script is found from the place of the hook, so the repository may be moved or copied.
 */
export function renderBlock(event: HookEvent, made: boolean): string {
  const script = '"${0%/*}/../nexus/hook.sh"';
  const origin = made ? `${MADE}; ` : '';
  return [
    `${OPEN}: ${origin}nexus hooks uninstall takes it away >>>`,
    `if [ -f ${script} ]; then`,
    `  sh ${script} ${event} "$@" </dev/null || :`,
    'else',
    `  echo "nexus: \${0%/*}/../nexus/hook.sh is gone; nexus hooks install brings it back" >&2`,
    'fi',
    CLOSE,
    '',
  ].join('\n');
}

/** A hook file that has nothing but our lines. */
export function renderHookFile(event: HookEvent): string {
  return `#!/bin/sh\n${renderBlock(event, true)}`;
}

/** Why our lines can't go into this file, or undefined. */
export function blockProblem(content: string): string | undefined {
  if (findBlock(content).kind === 'damaged') {
    return 'the lines that mark what Nexus wrote into it have been changed';
  }
  if (content.includes('\r\n')) return 'its lines end in CRLF';
  if (content.includes('\0')) return 'it is a binary program';
  if (!content.startsWith('#!')) return 'it does not begin with #!';
  if (!SHEBANG.test(content))
    return `it is not a shell script (${printable(content.split('\n', 1)[0] ?? '')})`;
  return undefined;
}

/** `content` with our lines right behind its first one, so that an early `exit` does not skip them; or in the place of older ones. */
export function addBlock(content: string, event: HookEvent): string {
  const block = findBlock(content);
  if (block.kind === 'one') {
    return content.slice(0, block.start) + renderBlock(event, block.made) + content.slice(block.end);
  }
  const second = content.indexOf('\n') + 1;
  return content.slice(0, second) + renderBlock(event, false) + content.slice(second);
}

/** `content` without our lines; undefined when nothing but what we wrote is left. */
export function removeBlock(content: string): string | undefined {
  const block = findBlock(content);
  if (block.kind !== 'one') return content;
  const rest = content.slice(0, block.start) + content.slice(block.end);
  return block.made && rest === '#!/bin/sh\n' ? undefined : rest;
}

function printable(line: string): string {
  return line.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 60);
}
