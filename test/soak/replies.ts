import type { Random } from '../chaos/random.js';
import { NOTES, plan, readQuestion, wholeFile } from '../integration/script.js';
import type { Replies, ScriptedChat, ScriptedReply } from '../support/scripted-ollama.js';
import { fileOf } from './task-list.js';

/** ms; long enough for edits to come in the middle of a request. */
const LONGEST_REPLY = 400;

/**
 * What the models say to any task: one step that writes its file. Each takes some time. No two replies are the same, so
 * that there is something to change for a text of the same title (half of it was written) whose work was accepted.
 */
export function createReplies(random: Random, onAsked: (title: string) => void): Replies {
  return (chat, index) => {
    const title = titleOf(chat);
    onAsked(title);
    return { ...answer(chat, title, index), delayMs: random.whole(0, LONGEST_REPLY) };
  };
}

function answer(chat: ScriptedChat, title: string, index: number): ScriptedReply {
  const file = fileOf(title);
  switch (readQuestion(chat).kind) {
    case 'choose-files':
      return { json: { files: [] } };
    case 'plan':
      return plan([{ title: 'Write the file', files: [file] }]);
    case 'notes':
      return NOTES;
    case 'step':
    case 'repair':
    case 'update':
    case 'write':
      return {
        text: wholeFile(file, `export const title = ${JSON.stringify(title)};\n// Reply ${index}\n`),
      };
  }
}

function titleOf(chat: ScriptedChat): string {
  const text = chat.messages.map(({ content }) => content).join('\n');
  return /^# Task: (.*)$/m.exec(text)?.[1] ?? '';
}
