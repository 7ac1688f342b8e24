/** The door of this folder for commands. */
export { applyHookPlan } from './apply-plan.js';
export { DEFAULT_EVENTS, isHookEvent, type HookEvent } from './hook-event.js';
export type { ByHand, HookChange, HookPlan } from './hook-plan.js';
export { hookLogPath, loadHookScript } from './hook-script.js';
export type { HookSite } from './hook-site.js';
export { describeHooks, type HooksStatus } from './hook-status.js';
export { planInstall, planUninstall } from './plan-hooks.js';
export { readHookSite } from './read-site.js';
