import type { Command } from 'commander';
import type { Act } from './register.js';

/** Commands for work that nobody looks at: watch, cancel, hooks, clean. */
export function addUnattended(program: Command, act: Act): void {
  program.commandsGroup('Unattended:');
  void act;
}
