import { InvalidArgumentError, type Command } from 'commander';
import { json, noCache, taskCommand, type Act } from './register.js';

/** Commands for work that nobody looks at: watch, cancel, hooks, clean. */
export function addUnattended(program: Command, act: Act): void {
  program.commandsGroup('Unattended:');
  act(
    program
      .command('watch')
      .description('do tasks as tasks.yml changes; Ctrl-C finishes the current request, twice aborts')
      .addOption(noCache())
      .addOption(json('print events as NDJSON')),
    async (context, _, flags) => (await import('./watch.js')).watch(context, flags),
  );
  act(
    taskCommand(program, 'cancel', 'stop a task; what is committed is kept').addOption(json()),
    async (context, [task = '']) => (await import('./cancel.js')).cancel(context, task),
  );
  act(
    program
      .command('clean')
      .description('free old journals, earlier branch tips, worktrees; says what it would free first')
      .option('--dry-run', 'only say it')
      .option('-y, --yes', 'free it without asking')
      .option('--older-than <days>', 'free what was not touched for so many days; default: 30', parseDays)
      .addOption(json()),
    async (context, _, flags) => (await import('./clean.js')).clean(context, flags),
  );
  addHooks(program, act);
}

function parseDays(text: string): number {
  if (/^\d{1,5}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of days, such as 30.');
}

function addHooks(program: Command, act: Act): void {
  const hooks = program.command('hooks').description('start a run when a commit or merge changes tasks.yml');
  act(
    hooks
      .command('install')
      .description('write the hooks, or say which line to add where a file of ours would not last')
      .option('--post-checkout', 'also when another branch is checked out')
      .option('--dry-run', 'show what would be written')
      .addOption(json()),
    async (context, _, flags) => (await import('./hooks.js')).installHooks(context, flags),
  );
  act(
    hooks
      .command('uninstall')
      .description('take the hooks away again, and leave every other byte as it is')
      .option('--dry-run', 'show what would be written')
      .addOption(json()),
    async (context, _, flags) => (await import('./hooks.js')).uninstallHooks(context, flags),
  );
  act(
    hooks.command('status').description('which hooks are there, and whether they work').addOption(json()),
    async (context) => (await import('./hooks.js')).showHooks(context),
  );
  // What the hooks call: no command for people.
  act(
    hooks
      .command('run', { hidden: true })
      .argument('<hook>')
      .argument('<git-dir>')
      .option('--detached', 'in a session of its own already'),
    async (context, [hook = '', gitDir = ''], flags) =>
      (await import('./hooks-run.js')).runHook(context, { hook, gitDir, detached: flags.detached === true }),
  );
}
