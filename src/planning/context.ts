import { z } from 'zod';
import type { FileContent, RepoPath } from '../edits/types.js';
import type { Ask } from '../models/ask.js';
import type { TokenBudget } from '../models/budget.js';
import { joinParts, renderFile, renderTask } from '../models/prompt.js';
import type { ChatMessage } from '../models/port.js';
import type { TreeEntry } from '../repository/repository.js';
import type { Templates } from '../config/templates.js';
import { textOf } from '../tasks/protected-paths.js';
import type { Task } from '../tasks/task.js';
import { guessFiles, renderPaths, selectPaths } from './file-list.js';
import { findNamedFiles } from './named-files.js';
import { parseJson, toFlatSchema } from './plan-answer.js';

/** What the Overseer is given to work from. */
export interface OverseerInput {
  task: Task;
  tree: readonly TreeEntry[];
  readFiles: (paths: readonly RepoPath[]) => Promise<Map<RepoPath, FileContent>>;
  templates: Templates;
  budget: TokenBudget;
  seed: number;
  /** How the checks fail on the base, trimmed; undefined when they pass or there are none. */
  baseFailures: string | undefined;
}

/** The part of every Overseer prompt that is the same for the whole run, and what went into it. */
export interface OverseerContext {
  /** System, then task and file list: the common prefix. */
  system: ChatMessage;
  intro: string;
  files: Map<RepoPath, FileContent>;
  leftOut: RepoPath[];
}

/** Part of the prompt's tokens that the list of paths may take. */
const LIST_SHARE = 0.25;
/** Part of the prompt's tokens that file contents may take; the rest is for the question and for what it grows by. */
const FILES_SHARE = 0.5;
const MAX_CHOSEN = 6;

/**
 * Chooses the files that matter: those that the task names, else those that the model picks from the list in a first
 * short question; the program guesses by name when that answer is no choice.
 * @throws what `ask` throws.
 */
export async function chooseContext(input: OverseerInput, ask: Ask): Promise<OverseerContext> {
  const { task, budget, templates } = input;
  const { paths, omitted } = selectPaths({
    tree: input.tree,
    text: textOf(task),
    maxTokens: budget.promptTokens * LIST_SHARE,
    estimate: (text) => budget.estimate(text),
  });
  const failures =
    input.baseFailures === undefined
      ? undefined
      : `# How the checks fail before the change\n${input.baseFailures}`;
  const intro = joinParts([renderTask(task), renderPaths(paths, omitted), failures]);
  const system: ChatMessage = { role: 'system', content: templates.fill('overseer-system') };
  const named = findNamedFiles(
    task,
    input.tree.map((entry) => entry.path),
  );
  const wanted = named.length > 0 ? named : await askForFiles(input, ask, { system, intro, paths });
  const contents = await input.readFiles(wanted);
  return { system, intro, ...fitFiles(wanted, contents, budget) };
}

/** Keeps files in order while they fit; what does not is named in `leftOut`. */
export function fitFiles(
  wanted: readonly RepoPath[],
  contents: ReadonlyMap<RepoPath, FileContent>,
  budget: TokenBudget,
): { files: Map<RepoPath, FileContent>; leftOut: RepoPath[] } {
  const files = new Map<RepoPath, FileContent>();
  const leftOut: RepoPath[] = [];
  let tokens = 0;
  for (const path of wanted) {
    const content = contents.get(path);
    if (content === undefined) continue;
    const cost = content.kind === 'text' ? budget.estimate(renderFile(path, content.text), path) : 20;
    if (tokens + cost > budget.promptTokens * FILES_SHARE) leftOut.push(path);
    else {
      tokens += cost;
      files.set(path, content);
    }
  }
  return { files, leftOut };
}

async function askForFiles(
  input: OverseerInput,
  ask: Ask,
  prompt: { system: ChatMessage; intro: string; paths: readonly RepoPath[] },
): Promise<RepoPath[]> {
  const [first, ...others] = prompt.paths;
  if (first === undefined) return [];
  const schema = z.object({ files: z.array(z.enum([first, ...others])).max(MAX_CHOSEN) });
  const question = input.templates.fill('choose-files', { max_files: String(MAX_CHOSEN) });
  const answer = await ask({
    role: 'overseer',
    purpose: 'choose-files',
    attempt: 1,
    messages: [prompt.system, { role: 'user', content: joinParts([prompt.intro, question]) }],
    schema: toFlatSchema(schema),
    maxTokens: Math.min(300, input.budget.answerTokens),
    temperature: 0,
    seed: input.seed,
  });
  const chosen = readChoice(answer.text, new Set(prompt.paths));
  return chosen ?? guessFiles(input.tree, textOf(input.task), MAX_CHOSEN);
}

/** The listed paths of the answer; undefined when it is no choice at all. A server may ignore the schema. */
function readChoice(text: string, listed: ReadonlySet<RepoPath>): RepoPath[] | undefined {
  const parsed = z.object({ files: z.array(z.unknown()) }).safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { files } = parsed.data;
  const known = files.filter((path) => typeof path === 'string').filter((path) => listed.has(path));
  return files.length > 0 && known.length === 0 ? undefined : [...new Set(known)].slice(0, MAX_CHOSEN);
}
