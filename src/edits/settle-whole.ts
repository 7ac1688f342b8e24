import { addedLinesOf } from './feedback.js';
import type { OpenFiles } from './open-file.js';
import type { Edit, WholeEdit } from './reading/edit.js';
import type { ApplyInput } from './types.js';

/** Tags of blocks that show commands or what a program prints. */
const SHOWS =
  /^(?:bash|sh|shell|zsh|fish|console|terminal|powershell|pwsh|ps1|cmd|bat|shell-session|shellsession|output|log|stdout)$/;
const LEADS_TO_SHOWING =
  /\b(?:usage|use it|example|run|running|execute|output|prints?|test it|try it|call it|install|command|before|original(?:ly)?|previous|old (?:code|version)|was:|result)\b/i;

/** Extensions of a language's files, by the tag of its fences. */
const FAMILIES: readonly (readonly string[])[] = [
  ['js', 'javascript', 'jsx', 'mjs', 'cjs', 'ts', 'typescript', 'tsx', 'mts', 'cts', 'node', 'vue', 'svelte'],
  ['py', 'python', 'python3', 'pyi'],
  ['go', 'golang'],
  ['rs', 'rust'],
  ['java'],
  ['kt', 'kotlin', 'kts'],
  ['c', 'h', 'cpp', 'c++', 'cc', 'cxx', 'hpp', 'hh'],
  ['cs', 'csharp', 'c#'],
  ['rb', 'ruby'],
  ['php'],
  ['swift'],
  ['html', 'htm', 'vue', 'svelte', 'xml', 'svg'],
  ['css', 'scss', 'sass', 'less'],
  ['json', 'jsonc', 'json5'],
  ['yaml', 'yml'],
  ['toml', 'ini', 'cfg'],
  ['md', 'markdown', 'mdx'],
  ['sql'],
  ['sh', 'bash', 'shell', 'zsh'],
  ['diff', 'patch'],
];

/** Whether a block without a path can be the content of the only offered file, going by its tag. */
export function isCandidate(edit: WholeEdit, input: ApplyInput, files: OpenFiles): boolean {
  if (edit.isBare) return isBareFile(edit, input, files);
  if (input.offered.length === 0) return !SHOWS.test(edit.tag);
  return input.offered.some((path) => fitsTag(edit.tag, path));
}

/** A reply without a fence is the file if it begins and ends with lines of the file, not with prose. */
function isBareFile(edit: WholeEdit, input: ApplyInput, files: OpenFiles): boolean {
  const [path] = input.offered;
  const index = path === undefined || input.offered.length > 1 ? undefined : files.open(path)?.index;
  const text = edit.lines.filter((line) => line.trim() !== '');
  return (
    index !== undefined &&
    text.length > 0 &&
    [text[0], text.at(-1)].every((line) => line !== undefined && index.linesLike(line).length > 0)
  );
}

function fitsTag(tag: string, path: string): boolean {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const families = FAMILIES.filter((family) => family.includes(tag));
  if (families.length === 0) return !SHOWS.test(tag) || extension === '';
  const isKnown = FAMILIES.some((family) => family.includes(extension));
  return !isKnown || families.some((family) => family.includes(extension));
}

/**
 * Whether a block without a path only shows something beside the edits: a command, a call, the old state, or lines that
 * all stand in an edit or in a file.
 */
export function isIllustration(
  edit: WholeEdit,
  real: readonly Edit[],
  input: ApplyInput,
  files: OpenFiles,
): boolean {
  if (SHOWS.test(edit.tag) || LEADS_TO_SHOWING.test(edit.lead)) return true;
  if (edit.lines.every((line) => line.trim() === '')) return true;
  if (real.length === 0) return false;
  if (input.offered.length > 0 && !isCandidate(edit, input, files)) return true;
  const unknown = new Set(edit.lines.map((line) => line.trim()));
  unknown.delete('');
  for (const other of real) for (const line of addedLinesOf(other)) unknown.delete(line.trim());
  // A repository may offer thousands of files: as soon as nothing is unknown, no more of them are read.
  for (const path of input.offered) {
    if (unknown.size === 0) return true;
    for (const line of files.open(path)?.source.lines ?? []) unknown.delete(line.trim());
  }
  return unknown.size === 0;
}
