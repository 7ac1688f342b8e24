import { relative } from 'node:path';
import { cleanLine } from '../report/clean-text.js';
import type { Style } from '../report/style.js';
import {
  hookLogPath,
  type ByHand,
  type HookChange,
  type HookPlan,
  type HookSite,
  type HooksStatus,
} from '../repository/hooks/hooks.js';
import { renderTrigger, type LastTrigger } from './hook-log.js';

/** The answer of `install` and `uninstall` with `--json`. */
export function planDocument({ changes, byHand }: HookPlan, dryRun: boolean): unknown {
  return { dryRun, changes: changes.map(changeDocument), byHand };
}

function changeDocument(change: HookChange): unknown {
  switch (change.kind) {
    case 'script':
    case 'delete-script':
      return { kind: change.kind, path: change.path };
    case 'write': {
      const { kind, event, path, what } = change;
      return { kind, event, path, what, text: Buffer.from(change.content, 'latin1').toString('utf8') };
    }
    case 'delete':
      return { kind: change.kind, event: change.event, path: change.path };
    case 'configure':
    case 'unconfigure':
      return change;
  }
}

/** What was (or would be) written, and what a person has to do. */
export function renderPlan(plan: HookPlan, site: HookSite, dryRun: boolean, style: Style): string {
  const { changes, byHand } = plan;
  const short = (path: string): string => shorten(path, site.root);
  const lines = changes.flatMap((change) => renderChange(change, short, dryRun, style));
  if (changes.length === 0 && byHand.length === 0) lines.push('Nothing to do: all of it is as it should be.');
  for (const each of byHand) lines.push(...renderByHand(each, short, style));
  if (changes.some(({ kind }) => kind === 'script' || kind === 'configure') && !dryRun) {
    const log = short(hookLogPath(site.commonDir));
    lines.push(style.faint(`What the hooks start is logged in ${log}; nexus hooks status looks at them.`));
  }
  return lines.join('\n');
}

function renderChange(
  change: HookChange,
  short: (path: string) => string,
  dryRun: boolean,
  style: Style,
): string[] {
  const did = (verb: string, about: string): string =>
    dryRun ? `would ${verb} ${about}` : `${style.good(PAST[verb] ?? verb)} ${about}`;
  switch (change.kind) {
    case 'script':
      return [did('write', `${short(change.path)}, which the hooks run`)];
    case 'write': {
      const about = `${short(change.path)} (${change.what})`;
      return [did('write', about), ...(change.what === 'lines removed' ? [] : quote(change.content, style))];
    }
    case 'delete':
    case 'delete-script':
      return [did('delete', short(change.path))];
    case 'configure':
      return [
        did('set', `hook.${change.section} in git's configuration of this repository`),
        ...[`event = ${change.event}`, `command = ${change.command}`].map((line) =>
          style.faint(`    ${line}`),
        ),
      ];
    case 'unconfigure':
      return [did('remove', `hook.${change.section} from git's configuration of this repository`)];
  }
}

const PAST: Readonly<Record<string, string>> = {
  write: 'wrote',
  delete: 'deleted',
  set: 'set',
  remove: 'removed',
};

/** Our lines of a hook file; the user's own are no news. */
function quote(content: string, style: Style): string[] {
  const lines = Buffer.from(content, 'latin1').toString('utf8').split('\n');
  const start = lines.findIndex((line) => line.startsWith('# >>> nexus-overseer'));
  const end = lines.findIndex((line) => line.startsWith('# <<< nexus-overseer'));
  return lines.slice(start, end + 1).map((line) => style.faint(`    ${cleanLine(line)}`));
}

function renderByHand(
  { event, path, because, lines, afterwards }: ByHand,
  short: (path: string) => string,
  style: Style,
): string[] {
  const file = cleanLine(short(path));
  if (lines.length === 0) {
    return [`${style.warn('left')} what is in ${file} for ${event}: ${because}.`];
  }
  return [
    `${style.warn('by hand')} ${event}: ${cleanLine(because)}. Add to ${file} yourself:`,
    ...lines.map((line) => `    ${line}`),
    ...(afterwards === undefined ? [] : [`  and then run: ${afterwards}`]),
  ];
}

/** The answer of `status` with `--json`. */
export function statusDocument(
  { version, folder, hooksPath, manager }: HookSite,
  { hooks, problem }: HooksStatus,
  last: LastTrigger | undefined,
): unknown {
  return {
    installed: hooks.length > 0,
    git: version.join('.'),
    folder,
    hooksPath: hooksPath ?? null,
    manager: manager?.name ?? null,
    hooks: hooks.map((hook) => ({ ...hook, problem: hook.problem ?? null })),
    problem: problem ?? null,
    last: last ?? null,
  };
}

export function renderStatus(
  site: HookSite,
  { hooks, problem }: HooksStatus,
  last: LastTrigger | undefined,
  style: Style,
): string {
  const short = (path: string): string => cleanLine(shorten(path, site.root));
  const { folder, hooksPath, manager } = site;
  const set = hooksPath === undefined ? '' : ` (core.hooksPath, ${hooksPath.scope})`;
  const lines = [`git ${site.version.join('.')} looks for hooks in ${short(folder)}${cleanLine(set)}.`];
  if (manager !== undefined) lines.push(`They are managed by ${manager.name}.`);
  if (hooks.length === 0) lines.push('None of them is of Nexus: nexus hooks install');
  for (const { event, at, problem: own } of hooks) {
    const where = at.kind === 'section' ? `${at.where} in git's configuration` : short(at.where);
    lines.push(
      own === undefined
        ? `${style.good('on')}   ${event}: ${where}`
        : `${style.bad('off')}  ${event}: ${where}: ${cleanLine(own)}`,
    );
  }
  if (problem !== undefined) lines.push(style.bad(cleanLine(problem)));
  if (problem !== undefined || hooks.some((hook) => hook.problem !== undefined)) {
    lines.push(`  → ${installCommand(hooks)}`);
  }
  if (last !== undefined) lines.push(style.faint(`Last: ${cleanLine(renderTrigger(last))}`));
  return lines.join('\n');
}

/** What mends the hooks that are there: a plain `install` would take a post-checkout away. */
export function installCommand(hooks: HooksStatus['hooks']): string {
  const isAsked = hooks.some(({ event }) => event === 'post-checkout');
  return `nexus hooks install${isAsked ? ' --post-checkout' : ''}`;
}

function shorten(path: string, root: string): string {
  const way = relative(root, path);
  return way.startsWith('..') ? path : way;
}
