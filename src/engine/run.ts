/** The engine's door for commands: what would be done, and doing it. */
export { executeRun, type RunSummary } from './execute-run.js';
export { runOrHandOver } from './run-or-hand-over.js';
export { planRun, type PlannedTask, type RunPlan, type RunRequest } from './plan-run.js';
