/** The hooks that Nexus can use, by git's names. */
export const HOOK_EVENTS = ['post-commit', 'post-merge', 'post-checkout'] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

/** A checkout of another branch says little about what somebody wants done: that hook has to be asked for. */
export const DEFAULT_EVENTS: readonly HookEvent[] = ['post-commit', 'post-merge'];

export function isHookEvent(text: string): text is HookEvent {
  return HOOK_EVENTS.some((event) => event === text);
}

/** Section of git's configuration (`hook.<name>`) for one event, on git >= 2.54. It must not be an event's own name. */
export function sectionName(event: HookEvent): string {
  return `nexus-${event}`;
}
