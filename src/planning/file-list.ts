import { escapesRepository } from '../edits/repo-path.js';
import type { RepoPath } from '../edits/types.js';
import type { TreeEntry } from '../repository/repository.js';

/** What no plan needs to see: made by tools, fetched, or not text. */
const NOISE =
  /(^|\/)(node_modules|vendor|dist|build|coverage|target|\.venv|venv|__pycache__|\.git|\.idea|\.vscode)\/|\.(png|jpe?g|gif|webp|ico|svg|pdf|zip|gz|tgz|jar|exe|dll|so|dylib|wasm|woff2?|ttf|eot|mp[34]|mov|bin|lock|map|min\.js|snap)$|(^|\/)(package-lock\.json|pnpm-lock\.yaml|go\.sum)$/i;

/** More paths than any model tells apart, and than a server should build a grammar from. */
const MAX_LISTED = 1000;

/** Files that a model may be shown: regular, not too large for any prompt, not noise, with a name that is one line. */
function isReadable(entry: TreeEntry): boolean {
  return entry.mode.startsWith('100') && (entry.size ?? 0) <= 200_000 && isPresentable(entry.path);
}

/** Whether a path may stand in a prompt for a model to choose: no noise, and nothing that an edit could not name. */
export function isPresentable(path: RepoPath): boolean {
  return !NOISE.test(path) && escapesRepository(path) === true;
}

/**
 * The repository's paths for a prompt, as many as fit `maxTokens`. When they do not all fit, those that share words
 * with the task come before the others, then the shallower ones; what is shown is in the tree's order.
 */
export function selectPaths(input: {
  tree: readonly TreeEntry[];
  text: string;
  maxTokens: number;
  estimate: (text: string) => number;
}): { paths: RepoPath[]; omitted: number } {
  const ranked = rankPaths(input.tree, input.text);
  const kept: Ranked[] = [];
  let tokens = 0;
  for (const item of ranked) {
    tokens += input.estimate(item.path) + 1;
    if (tokens > input.maxTokens || kept.length === MAX_LISTED) break;
    kept.push(item);
  }
  kept.sort((a, b) => a.index - b.index);
  return { paths: kept.map((item) => item.path), omitted: ranked.length - kept.length };
}

/** The at most `count` files whose paths share most words with the task; all of a repository that has no more. */
export function guessFiles(tree: readonly TreeEntry[], text: string, count: number): RepoPath[] {
  const ranked = rankPaths(tree, text);
  const likely = ranked.length <= count ? ranked : ranked.filter((item) => item.score > 0);
  return likely.slice(0, count).map((item) => item.path);
}

export function renderPaths(paths: readonly RepoPath[], omitted: number): string {
  const more = omitted > 0 ? `\n(and ${omitted} more files that are not listed)` : '';
  return `# Files of the repository\n${paths.length === 0 ? '(none yet)' : paths.join('\n')}${more}`;
}

interface Ranked {
  path: RepoPath;
  index: number;
  score: number;
}

function rankPaths(tree: readonly TreeEntry[], text: string): Ranked[] {
  const words = new Set(splitWords(text).filter((word) => word.length > 2));
  return tree
    .filter(isReadable)
    .map(({ path }, index) => ({ path, index, score: overlap(path, words) }))
    .sort((a, b) => b.score - a.score || depth(a.path) - depth(b.path) || a.index - b.index);
}

function splitWords(text: string): string[] {
  return text
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
}

function overlap(path: RepoPath, words: ReadonlySet<string>): number {
  return splitWords(path).filter((word) => words.has(word)).length;
}

function depth(path: RepoPath): number {
  return path.split('/').length;
}
