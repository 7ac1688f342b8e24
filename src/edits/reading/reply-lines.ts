/** A reply as lines with `\n` ends taken off, whatever ends it came with. */
export interface ReplyLines {
  lines: string[];
  /** The last line may still grow (the reply is open and has not ended it). */
  lastIsPartial: boolean;
}

/**
 * Splits a reply into lines. A leading `<think>` part is taken out: a reply pasted from a chat may carry one, and
 * thinking is never parsed for edits. While a reply is open its unfinished last line is left off.
 */
export function splitReply(reply: string, open: boolean): ReplyLines {
  const text = withoutThinking(reply.replace(/^\uFEFF/, ''));
  const lines = text.split('\n');
  if (text.includes('\r')) {
    for (const [at, line] of lines.entries()) if (line.endsWith('\r')) lines[at] = line.slice(0, -1);
  }
  const lastIsPartial = lines.at(-1) !== '';
  if (!lastIsPartial || open) lines.pop();
  return { lines, lastIsPartial };
}

function withoutThinking(text: string): string {
  const start = /^\s*<think(?:ing)?>/.exec(text);
  if (start === null) return text;
  const end = /<\/think(?:ing)?>/.exec(text);
  return end === null ? '' : text.slice(end.index + end[0].length);
}
