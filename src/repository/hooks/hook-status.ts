import { existsSync } from 'node:fs';
import { findBlock, renderBlock } from './hook-block.js';
import { HOOK_EVENTS, type HookEvent } from './hook-event.js';
import { configuredCommand, scriptPath } from './hook-script.js';
import type { HookSite } from './hook-site.js';
import { hasConfiguredHooks } from './place-hook.js';

/** Where a hook of ours was found, and why it does not work, if it does not. */
export interface HookState {
  event: HookEvent;
  /** `file` and `line`: absolute path; `section`: name in git's configuration. */
  at: { kind: 'file' | 'line' | 'section'; where: string };
  problem: string | undefined;
}

export interface HooksStatus {
  hooks: HookState[];
  /** What is wrong with all of them. */
  problem: string | undefined;
}

/** What of ours is there, each place that has something. Nothing installed: no hooks and no problem. */
export function describeHooks(site: HookSite, script: string, platform = process.platform): HooksStatus {
  const hooks = HOOK_EVENTS.flatMap((event) => [
    ...sectionsOf(site, event),
    ...filesOf(site, event, platform),
    ...linesOf(site, event),
  ]);
  return { hooks, problem: hooks.length === 0 ? undefined : scriptProblem(site, script) };
}

/** `.husky/_` is not under version control, so that a new worktree has none until husky is installed there. */
function linesOf({ lines, folder, folderExists }: HookSite, event: HookEvent): HookState[] {
  const problem = folderExists ? undefined : `git looks for hooks in ${folder}, which does not exist`;
  return lines
    .filter((line) => line.event === event)
    .map(({ path }) => ({ event, at: { kind: 'line', where: path }, problem }));
}

function sectionsOf(site: HookSite, event: HookEvent): HookState[] {
  return site.sections
    .filter((section) => section.event === event)
    .map((section) => ({
      event,
      at: { kind: 'section', where: `hook.nexus-${event}` },
      problem: sectionProblem(site, section, event),
    }));
}

function sectionProblem(
  site: HookSite,
  { command, events, enabled }: HookSite['sections'][number],
  event: HookEvent,
): string | undefined {
  if (!hasConfiguredHooks(site)) return `git ${site.version.join('.')} does not read it; 2.54 does`;
  if (!enabled) return 'it is switched off (enabled = false)';
  if (!events.includes(event)) return 'its event is missing';
  return command === configuredCommand(event) ? undefined : 'it is from another version of Nexus';
}

function filesOf(site: HookSite, event: HookEvent, platform: NodeJS.Platform): HookState[] {
  return site.files.flatMap((file): HookState[] => {
    if (file.event !== event || file.found.kind !== 'file') return [];
    const block = findBlock(file.found.content);
    if (block.kind === 'none') return [];
    const state = (problem: string | undefined): HookState[] => [
      { event, at: { kind: 'file', where: file.path }, problem },
    ];
    if (block.kind === 'damaged') return state('the lines that mark what is ours have been changed');
    if (file.role === 'aside') return state('lefthook has put it aside, so nothing runs it');
    if (site.scope !== 'private') return state(`git looks for hooks in ${site.folder} instead`);
    const runs = platform === 'win32' || (file.found.mode & 0o111) !== 0;
    if (!runs) return state('it is not executable, so git does not run it');
    return state(
      block.text === renderBlock(event, block.made) ? undefined : 'it is from another version of Nexus',
    );
  });
}

function scriptProblem({ script, commonDir }: HookSite, expected: string): string | undefined {
  const path = scriptPath(commonDir);
  if (script === undefined) return `${path}, which the hooks run, is missing`;
  if (script === expected) return undefined;
  const cli = /^cli='([^'\n]*)'$/m.exec(script)?.[1];
  if (cli !== undefined && !existsSync(cli)) return `the hooks start ${cli}, which is gone`;
  return `${path} is from another version or installation of Nexus`;
}
