import { PACKAGE_ROOT } from '../../package-root.js';
import { cp, mkdtemp, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/schema.js';
import { createRepository } from '../../repository/create.js';

const TEMPLATE = fileURLToPath(new URL('templates/demo/', PACKAGE_ROOT));

/** How the demo's models are set up. */
export interface DemoModels {
  overseer: DemoRole;
  coder: DemoRole;
}

/** Keys of a role in `.nexus.yml`, under their names there. */
export type DemoRole = Pick<Config['coder'], 'backend' | 'model' | 'url' | 'context' | 'api_key_env'>;

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

function renderModels(models: DemoModels): string {
  const renderRole = (role: 'overseer' | 'coder'): string => {
    const keys = Object.entries(models[role]).filter(([, value]) => value !== undefined);
    return [`${role}:`, ...keys.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)].join('\n');
  };
  return `${renderRole('overseer')}\n${renderRole('coder')}\n`;
}
