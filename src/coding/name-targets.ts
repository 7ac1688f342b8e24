import type { RepoPath } from '../edits/types.js';
import type { Target } from './find-targets.js';

/**
 * What the rules for named declarations say of the targets. Naming them is what keeps a small model from sending the
 * whole file: told to leave out what stays, but not what changes, Qwen2.5-Coder 1.5B copied the file (docs/formats.md).
 */
export function nameTargets(
  targets: readonly Target[],
  offered: readonly RepoPath[],
): { change: string; result: string; blocks: string } {
  const changed = targets.filter(({ lines }) => lines > 0).map((target) => nameOf(target, offered));
  const added = targets.filter(({ lines }) => lines === 0).map((target) => nameOf(target, offered));
  return { ...phrase(changed, added), blocks: phraseBlocks(offered) };
}

function phrase(changed: readonly string[], added: readonly string[]): { change: string; result: string } {
  if (changed.length === 0 && added.length === 0) {
    return {
      change: 'Change the function, method, class, type or constant that must change',
      result: 'only what you changed or added, each function, method, class, type or constant',
    };
  }
  const parts = (first: string, second: string): string =>
    [changed.length > 0 ? first + list(changed) : '', added.length > 0 ? second + list(added) : '']
      .filter((part) => part !== '')
      .join(' and ');
  const change = parts('change ', 'write the new ');
  return {
    change: change.charAt(0).toUpperCase() + change.slice(1),
    result: parts('the changed ', 'the new '),
  };
}

function phraseBlocks(offered: readonly RepoPath[]): string {
  return offered.length < 2
    ? 'one code block'
    : `one code block for each file, below a line with nothing but its path (${offered.join(', ')}),`;
}

function nameOf({ path, name }: Target, offered: readonly RepoPath[]): string {
  return offered.length < 2 ? `\`${name}\`` : `\`${name}\` of ${path}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
