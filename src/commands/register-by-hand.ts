import { InvalidArgumentError, Option, type Command } from 'commander';
import type { EditFormat } from '../edits/types.js';
import { json, type Act } from './register.js';

const FORMATS: Readonly<Record<EditFormat, true>> = {
  'whole-file': true,
  'search-replace': true,
  'named-declaration': true,
  'unified-diff': true,
  'begin-patch': true,
};

/** Commands for work that no task asks for. */
export function addByHand(program: Command, act: Act): void {
  program.commandsGroup('Without a task:');
  act(
    program
      .command('apply')
      .argument('<reply>', 'file with the whole reply, as copied from the chat; - reads standard input')
      .summary('apply a reply of any chat model to the working files')
      .description(
        'Applies what a reply of any chat model asks for to the working files: all of it or nothing, and never by ' +
          'guessing. Besides accept it is the only command that writes working files.',
      )
      .option('--dry-run', 'print the diff, write nothing')
      .option('--root <folder>', 'folder that the paths of the reply start from; default: the current one')
      .option(
        '--files <paths>',
        'files below --root that the reply may change, with commas between, protected ones too; default: those that ' +
          'git tracks, outside a repository every text file',
        readNames,
      )
      .addOption(
        new Option('--format <name>', 'read the reply as this format only').choices(Object.keys(FORMATS)),
      )
      .addOption(json())
      .addHelpText('after', NEVER),
    async (context, [reply = ''], flags) => (await import('./apply.js')).apply(context, reply, flags),
  );
}

const NEVER = `
New files may be made besides those offered. Lock files, CI workflows, what defines the checks and what .nexus.yml
protects are written only when --files names them; tasks.yml, .nexus.yml, hooks and .git never.
Exit code: 0 applied (with --dry-run: it would), 1 rejected, 2 wrong usage.`;

function readNames(text: string, before: readonly string[] | undefined): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('A name is empty; put one comma between two paths.');
  return [...(before ?? []), ...names];
}
