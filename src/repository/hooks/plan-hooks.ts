import { addBlock, findBlock, removeBlock, renderHookFile } from './hook-block.js';
import { HOOK_EVENTS, sectionName, type HookEvent } from './hook-event.js';
import type { ByHand, HookChange, HookPlan } from './hook-plan.js';
import { configuredCommand, scriptPath } from './hook-script.js';
import type { HookFile, HookSite } from './hook-site.js';
import { placeHook, type Place } from './place-hook.js';

export interface WantedHooks {
  events: readonly HookEvent[];
  /** Text of the script that the hooks run. */
  script: string;
}

/** What makes exactly the wanted hooks ours, each in one place; nothing when all of it is so already. */
export function planInstall(site: HookSite, { events, script }: WantedHooks): HookPlan {
  const plan: HookPlan = { changes: [], byHand: [] };
  if (site.script !== script) {
    plan.changes.push({ kind: 'script', path: scriptPath(site.commonDir), content: script });
  }
  for (const event of HOOK_EVENTS) {
    const place = events.includes(event) ? placeHook(site, event) : undefined;
    if (place?.kind === 'by-hand') plan.byHand.push(place.byHand);
    plan.changes.push(...planEvent(site, event, place));
  }
  return plan;
}

/** What takes all of ours away again and leaves every other byte as it was. */
export function planUninstall(site: HookSite): HookPlan {
  const changes = HOOK_EVENTS.flatMap((event) => planEvent(site, event, undefined));
  // Last: until then a hook may run it.
  if (site.script !== undefined) changes.push({ kind: 'delete-script', path: scriptPath(site.commonDir) });
  return { changes, byHand: [...site.lines.map(leaveLine), ...site.files.flatMap(leaveDamaged)] };
}

function leaveLine({ event, path }: { event: HookEvent; path: string }): ByHand {
  const because = 'that line is yours; without the script it does nothing';
  return { event, path, because, lines: [], afterwards: undefined };
}

/** Nobody can tell any more where our lines end; without the script they would complain at each commit. */
function leaveDamaged({ event, path, found }: HookFile): ByHand[] {
  if (found.kind !== 'file' || findBlock(found.content).kind !== 'damaged') return [];
  const because = 'the lines that mark what is ours have been changed, so take them out yourself';
  return [{ event, path, because, lines: [], afterwards: undefined }];
}

function planEvent(site: HookSite, event: HookEvent, place: Place | undefined): HookChange[] {
  const target = place?.kind === 'file' ? place.file : undefined;
  const others = site.files.filter((file) => file.event === event && file !== target);
  return [
    ...(target === undefined ? [] : writeInto(target)),
    ...others.flatMap(takeOut),
    ...planSection(site, event, place?.kind === 'section'),
  ];
}

function writeInto({ event, path, found }: HookFile): HookChange[] {
  if (found.kind === 'missing') {
    const content = renderHookFile(event);
    return [{ kind: 'write', event, path, content, mode: 0o755, before: found, what: 'new file' }];
  }
  if (found.kind !== 'file') return [];
  const content = addBlock(found.content, event);
  const block = findBlock(found.content);
  // A file of our own that has lost its mode has lost its use.
  const mode = block.kind === 'one' && block.made ? found.mode | 0o111 : found.mode;
  if (content === found.content && mode === found.mode) return [];
  const what = block.kind === 'none' ? 'lines added' : 'lines renewed';
  return [{ kind: 'write', event, path, content, mode, before: found, what }];
}

function takeOut({ event, path, found }: HookFile): HookChange[] {
  if (found.kind !== 'file' || findBlock(found.content).kind !== 'one') return [];
  const content = removeBlock(found.content);
  if (content === undefined) return [{ kind: 'delete', event, path, before: found }];
  const { mode } = found;
  return [{ kind: 'write', event, path, content, mode, before: found, what: 'lines removed' }];
}

function planSection({ sections }: HookSite, event: HookEvent, wanted: boolean): HookChange[] {
  const section = sectionName(event);
  const found = sections.find((each) => each.event === event);
  const command = configuredCommand(event);
  const isRight =
    found?.command === command && found.events.length === 1 && found.events[0] === event && found.enabled;
  if (wanted === (found !== undefined) && (!wanted || isRight)) return [];
  return [
    ...(found === undefined ? [] : [{ kind: 'unconfigure' as const, event, section }]),
    ...(wanted ? [{ kind: 'configure' as const, event, section, command }] : []),
  ];
}
