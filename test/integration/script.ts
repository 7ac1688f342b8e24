import type { Replies, ScriptedChat, ScriptedReply } from '../support/scripted-ollama.js';

/** What a request asks for, told from its words and its schema. `attempt` counts replies of the model in its prompt. */
export type Asked =
  | { kind: 'choose-files' | 'plan' | 'notes'; attempt: number; chat: ScriptedChat }
  | { kind: 'update' | 'write'; path: string; attempt: number; chat: ScriptedChat }
  | { kind: 'step' | 'repair'; number: number; attempt: number; chat: ScriptedChat };

type Reply = ScriptedReply | string | undefined;
type Words = Reply | ((asked: Asked) => Reply);

/** What the models say; by task when there are several. A function may look at the attempt and at the prompt. */
export interface Script {
  'choose-files'?: Words;
  plan?: Words;
  notes?: Words;
  update?: Words;
  write?: Words;
  step?: Words;
  repair?: Words;
}

export interface PlannedStep {
  title: string;
  files: string[];
  instruction?: string;
}

/** A plan as the Overseer answers it. */
export function plan(steps: readonly PlannedStep[], more: { documents?: string[] } = {}): ScriptedReply {
  return {
    json: {
      answer: 'plan',
      summary: 'It will say hello.',
      steps: steps.map(({ title, files, instruction }) => ({
        title,
        instruction: instruction ?? `${title} as the task says.`,
        files,
        done_when: 'The check passes.',
      })),
      documents: more.documents ?? [],
      question: '',
    },
  };
}

export const NOTES: ScriptedReply = {
  json: {
    what: 'The greeting says hello now. It said hi before.',
    why: 'The task asks for it.',
    review: 'Look at the greeting first. Run the check.',
  },
};

/** A whole-file reply. */
export function wholeFile(path: string, text: string): string {
  return `${path}\n\`\`\`\n${text}\`\`\`\n`;
}

/** Answers by what is asked, never by the number of the request: so a script also fits a run that was resumed. */
export function scripted(script: Script): Replies {
  return (chat) => answer(script, chat);
}

/** One script for each task, told by the title in the prompt. */
export function scriptedByTask(scripts: Readonly<Record<string, Script>>): Replies {
  return (chat) => {
    const title = titleOf(chat);
    const script = scripts[title];
    if (script === undefined) throw new Error(`no script for the task ${JSON.stringify(title)}`);
    return answer(script, chat);
  };
}

function titleOf(chat: ScriptedChat): string {
  const text = chat.messages.map(({ content }) => content).join('\n');
  return /^# Task: (.*)$/m.exec(text)?.[1] ?? '';
}

function answer(script: Script, chat: ScriptedChat): Reply {
  const asked = readQuestion(chat);
  const words = script[asked.kind] ?? DEFAULTS[asked.kind];
  return typeof words === 'function' ? words(asked) : words;
}

const DEFAULTS: Script = { notes: NOTES, 'choose-files': { json: { files: [] } } };

/** What a request is about. @throws when it is none of the questions that a run asks. */
export function readQuestion(chat: ScriptedChat): Asked {
  const attempt = chat.messages.filter(({ role }) => role === 'assistant').length + 1;
  const prompt = chat.messages.find(({ role }) => role === 'user')?.content ?? '';
  const schema = JSON.stringify(chat.format ?? {});
  if (schema.includes('"done_when"')) return { kind: 'plan', attempt, chat };
  if (schema.includes('"review"')) return { kind: 'notes', attempt, chat };
  if (schema.includes('"files"')) return { kind: 'choose-files', attempt, chat };
  const update = /^(?:Update|Change) the documentation file (\S+) /m.exec(prompt);
  if (update?.[1] !== undefined) return { kind: 'update', path: update[1], attempt, chat };
  const write = /^Write the document (\S+) that/m.exec(prompt);
  if (write?.[1] !== undefined) return { kind: 'write', path: write[1], attempt, chat };
  const step = /^# Step (\d+) of \d+:/m.exec(prompt);
  if (step !== null) return { kind: 'step', number: Number(step[1]), attempt, chat };
  if (/^# The checks fail$/m.test(prompt)) return { kind: 'repair', number: 0, attempt, chat };
  throw new Error(`what is asked here? ${prompt.slice(-300)}`);
}

/** A plan of one step that writes `src/<name>.mjs`; the Coder's answer takes `delayMs`. */
export function writing(name: string, delayMs = 0): Script {
  const path = `src/${name}.mjs`;
  const step = { text: wholeFile(path, `export const ${name} = 1;\n`), delayMs };
  return { plan: plan([{ title: `Write ${name}`, files: [path] }]), step };
}
