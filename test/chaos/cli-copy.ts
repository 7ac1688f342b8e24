import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What the command line needs besides its dependencies. */
const PARTS = ['dist', 'templates', 'schemas', 'package.json'];

/**
 * Copies the built command line into `folder`, so that a build in the meantime does not change it. Returns the path of
 * its entry.
 * @throws Error when it is not built
 */
export function copyCommandLine(project: string, folder: string): string {
  if (!existsSync(join(project, 'dist', 'cli.js'))) throw new Error(`${project} is not built: npm run build`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) cpSync(join(project, part), join(folder, part), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return join(folder, 'dist', 'cli.js');
}
