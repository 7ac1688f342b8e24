import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT, NexusError, type ExitCode } from '../errors.js';
import type { Terminal } from '../report/terminal.js';
import { json, noCache, taskCommand, type Act, type Flags } from './register.js';
import { addByHand } from './register-by-hand.js';
import { addModels } from './register-models.js';
import { addUnattended } from './register-unattended.js';

export interface ProgramInput {
  terminal: Terminal;
  /** See `CommandContext`. */
  signal: AbortSignal;
  abort: AbortSignal;
  version: string;
}

/**
 * Parses the command line and runs the command. Each command's code is loaded only when it is called.
 * @returns the exit code
 * @throws NexusError `usage` for a wrong command line; whatever the command throws.
 */
export async function runProgram(argv: readonly string[], input: ProgramInput): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(input.terminal, input.version);
  const act: Act = (command, action) => {
    command.action(async () => {
      const flags = command.optsWithGlobals<Flags>();
      const context = { ...input, cwd: folderOf(flags.cwd), json: flags.json === true };
      exitCode = await action(context, command.args, flags);
    });
  };
  addWork(program, act);
  addReview(program, act);
  addByHand(program, act);
  addUnattended(program, act);
  addDemo(program, act);
  addSetUp(program, act);
  for (const command of [program, ...allCommands(program)]) command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    // Commander has printed the help by then, which says it all.
    if (error.code === 'commander.help') return EXIT.usage;
    throw usageError(error, program, argv);
  }
  return exitCode;
}

function createProgram(terminal: Terminal, version: string): Command {
  return new Command('nexus')
    .description('Models on your own machine turn the tasks of tasks.yml into branches that you can review.')
    .version(version, '-V, --version', 'print the version')
    .option('-C, --cwd <folder>', 'work as if started in this folder')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      // Thrown as a NexusError instead, so that it is reported like every other error.
      outputError: () => undefined,
    });
}

function addWork(program: Command, act: Act): void {
  program.commandsGroup('Work:');
  act(
    program
      .command('run')
      .argument('[task...]', 'ids of tasks; default: all that are ready')
      .description('do all ready tasks, or these')
      .option('--plan-only', 'stop after the plan')
      .option('--dry-run', 'show what would be done and asked, without a request')
      .option('--anyway', 'also do tasks that name files with uncommitted changes')
      .addOption(noCache())
      .addOption(json('print events as NDJSON')),
    async (context, tasks, flags) => (await import('./run.js')).run(context, tasks, flags),
  );
  act(
    program
      .command('status')
      .description('every task: state, branch, and what is needed next')
      .addOption(json()),
    async (context) => (await import('./status.js')).status(context),
  );
  act(
    taskCommand(program, 'plan', 'show the plan of a task; make it if there is none').addOption(json()),
    async (context, [task = '']) => (await import('./plan.js')).plan(context, task),
  );
  act(
    taskCommand(program, 'check', 'run the checks again on the branch as it is now').addOption(
      json('print events as NDJSON'),
    ),
    async (context, [task = '']) => (await import('./check.js')).check(context, task),
  );
  act(
    program
      .command('log')
      .argument('[task]', 'id of the task; needless with --stats --all')
      .description('what was asked and answered, with timings and attempts')
      .addOption(
        new Option('--exchange <number>', 'print this prompt and its reply, verbatim')
          .argParser(parseNumber)
          .conflicts('stats'),
      )
      .option('--stats', 'what each model was asked: tokens read, reused and written, loads, seconds, checks')
      .option(
        '--all',
        'with --stats: of all runs, by model and by task; without a task of the whole repository',
      )
      .addOption(json()),
    async (context, [task], flags) => (await import('./log.js')).log(context, task, flags),
  );
}

function addReview(program: Command, act: Act): void {
  program.commandsGroup('Review:');
  act(
    taskCommand(program, 'review', 'everything a reviewer needs about one branch')
      .option('--diff', 'print the whole difference, nothing else')
      .addOption(json()),
    async (context, [task = ''], flags) =>
      (await import('./review.js')).review(context, task, flags.diff === true),
  );
  act(
    taskCommand(program, 'accept', 'bring the branch into its base')
      .option('--into <branch>', 'into this branch; default: the one that the run started from')
      .option('--anyway', 'also when the checks do not vouch for it')
      .option('-m, --message <text>', 'remember why')
      .addOption(json()),
    async (context, [task = ''], flags) => (await import('./accept.js')).accept(context, task, flags),
  );
  act(
    taskCommand(program, 'reject', 'put the task aside until its text changes; its work is kept')
      .option('-m, --message <text>', 'remember why')
      .addOption(json()),
    async (context, [task = ''], flags) => (await import('./reject.js')).reject(context, task, flags.message),
  );
  act(
    taskCommand(program, 'retry', 'forget the last run of a task and do it anew')
      .addOption(noCache())
      .addOption(json('print events as NDJSON')),
    async (context, [task = ''], flags) => (await import('./retry.js')).retry(context, task, flags),
  );
}

function addDemo(program: Command, act: Act): void {
  act(
    program
      .command('demo')
      .description('the whole flow in a throw-away repository')
      .option('--recorded', 'replay recorded replies of a real model even if a server is there')
      .addOption(json('print events as NDJSON')),
    async (context, _, flags) =>
      (await import('./demo/demo.js')).demo(context, { recorded: flags.recorded === true }),
  );
}

function addSetUp(program: Command, act: Act): void {
  program.commandsGroup('Set-up:');
  act(
    program
      .command('init')
      .description('write .nexus.yml and tasks.yml, find the checks, say what is missing')
      .addOption(json()),
    async (context) => (await import('./init.js')).init(context),
  );
  act(
    program
      .command('doctor')
      .description('what is wrong with this set-up, and the command that mends each thing')
      .addOption(json()),
    async (context) => (await import('./doctor.js')).doctor(context),
  );
  act(
    program
      .command('trust')
      .description('show what .nexus.yml may run, and approve it')
      .option('-y, --yes', 'approve without asking')
      .addOption(json()),
    async (context, _, flags) => (await import('./trust.js')).trust(context, flags.yes === true),
  );
  addModels(program, act);
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

function allCommands(program: Command): Command[] {
  return program.commands.flatMap((command) => [command, ...allCommands(command)]);
}

function folderOf(option: string | undefined): string {
  const folder = resolve(option ?? '.');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new NexusError({
    code: 'usage',
    message: `There is no folder ${folder}.`,
    remedy: 'Give -C a folder that exists.',
    exitCode: EXIT.usage,
  });
}

/** The message of commander (with its "Did you mean …?"), and which help to read. */
function usageError(error: CommanderError, program: Command, argv: readonly string[]): NexusError {
  const command = program.commands.find((candidate) => argv.includes(candidate.name()));
  return new NexusError({
    code: 'usage',
    message: error.message.replace(/^error: /u, ''),
    remedy: command === undefined ? 'nexus --help' : `nexus ${command.name()} --help`,
    exitCode: EXIT.usage,
  });
}
