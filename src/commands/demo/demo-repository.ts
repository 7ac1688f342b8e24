import { cp, mkdtemp, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRepository } from '../../repository/create.js';

const TEMPLATE = fileURLToPath(new URL('../../../templates/demo/', import.meta.url));

/** How the demo's models are set up. */
export interface DemoModels {
  url: string;
  overseer: { model: string; context: number };
  coder: { model: string; context: number };
}

/**
 * Writes the demo's repository into a new temporary folder: code with a bug, tests that fail, `tasks.yml` and
 * `.nexus.yml`. Returns its path. The folder stays: what came of the tasks is there to look at.
 */
export async function makeDemoRepository(models: DemoModels): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'nexus-demo-')));
  await cp(join(TEMPLATE, 'repository'), folder, { recursive: true });
  // npm leaves files called .gitignore out of packages.
  await rename(join(folder, 'gitignore'), join(folder, '.gitignore'));
  const config = await readFile(join(TEMPLATE, 'nexus.yml'), 'utf8');
  await writeFile(join(folder, '.nexus.yml'), `${config.trimEnd()}\n\n${renderModels(models)}`);
  await cp(join(TEMPLATE, 'tasks.yml'), join(folder, 'tasks.yml'));
  await createRepository(folder, { name: 'Demo', email: 'demo@localhost' });
  return folder;
}

function renderModels({ url, overseer, coder }: DemoModels): string {
  const role = (name: string, { model, context }: { model: string; context: number }): string =>
    [
      `${name}:`,
      `  model: ${JSON.stringify(model)}`,
      `  url: ${JSON.stringify(url)}`,
      `  context: ${context}`,
    ].join('\n');
  return `${role('overseer', overseer)}\n${role('coder', coder)}\n`;
}
