import type { Folder, FoundCommand } from './detect-checks.js';

type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

const LOCKFILES: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** Of each group the first script that is there is used. */
const SCRIPT_GROUPS = [
  ['test'],
  ['lint'],
  ['typecheck', 'type-check', 'types', 'check-types', 'check:types', 'tsc'],
  ['check'],
];

interface PackageManifest {
  scripts: ReadonlyMap<string, string>;
  hasWorkspaces: boolean;
  hasDependencies: boolean;
  packageManager: string | undefined;
}

/** The checks that the scripts of a package.json offer, and how its dependencies are installed. */
export async function detectNodeChecks(folder: Folder): Promise<FoundCommand[]> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) return [];
  const manager = await findManager(folder, manifest);
  const scripts = selectScripts(manifest.scripts);
  const checks = scripts.map((name): FoundCommand => ({
    kind: 'check',
    run: renderScriptCall(manager, name),
    because: `script "${name}" in package.json`,
  }));
  return [...detectSetup(folder, manifest, manager), ...checks];
}

function selectScripts(scripts: ReadonlyMap<string, string>): string[] {
  const chosen = SCRIPT_GROUPS.map((group) => group.find((name) => isUsable(scripts.get(name)))).filter(
    (name) => name !== undefined,
  );
  const check = scripts.get('check') ?? '';
  // A `check` that calls the others would run them twice.
  const isSum = chosen.some((name) => name !== 'check' && new RegExp(`\\b${name}\\b`).test(check));
  return isSum ? chosen.filter((name) => name !== 'check') : chosen;
}

function isUsable(script: string | undefined): boolean {
  if (script === undefined || script.trim() === '') return false;
  if (script.includes('no test specified')) return false;
  return !/--watch(All)?(?![\w=-])/.test(script);
}

function renderScriptCall(manager: PackageManager, script: string): string {
  // `bun test` is bun's own runner, not the script.
  if (script === 'test' && manager !== 'bun') return `${manager} test`;
  return `${manager} run ${script}`;
}

/**
 * An installed node_modules is linked into the worktree, which is faster. Where it is missing, or a workspace links
 * it back into the checkout, the dependencies have to be installed there.
 */
function detectSetup(folder: Folder, manifest: PackageManifest, manager: PackageManager): FoundCommand[] {
  const lockfile = LOCKFILES.find(([file]) => folder.names.has(file))?.[0];
  if (lockfile === undefined) return [];
  const isWorkspace = manifest.hasWorkspaces || folder.names.has('pnpm-workspace.yaml');
  const isMissing = manifest.hasDependencies && !folder.names.has('node_modules');
  if (!isWorkspace && !isMissing) return [];
  const because = isWorkspace ? `workspaces and ${lockfile}` : `${lockfile}, and node_modules is missing`;
  return [{ kind: 'setup', run: renderInstall(folder, manager), because }];
}

function renderInstall(folder: Folder, manager: PackageManager): string {
  if (manager === 'npm') return 'npm ci';
  // Yarn 2 and later have this file and another name for the flag.
  if (manager === 'yarn' && folder.names.has('.yarnrc.yml')) return 'yarn install --immutable';
  return `${manager} install --frozen-lockfile`;
}

async function findManager(folder: Folder, manifest: PackageManifest): Promise<PackageManager> {
  for (const place of [folder, ...folder.parents]) {
    const declared = place === folder ? manifest : await readManifest(place);
    const name = declared?.packageManager?.split('@')[0];
    const found =
      LOCKFILES.find(([, manager]) => manager === name) ?? LOCKFILES.find(([file]) => place.names.has(file));
    if (found !== undefined) return found[1];
  }
  return 'npm';
}

async function readManifest(folder: Folder): Promise<PackageManifest | undefined> {
  if (!folder.names.has('package.json')) return undefined;
  const json = parseObject((await folder.read('package.json')) ?? '');
  if (json === undefined) return undefined;
  const scripts = Object.entries(json['scripts'] ?? {}).filter((entry) => typeof entry[1] === 'string');
  const manager = json['packageManager'];
  return {
    scripts: new Map(scripts.map(([name, script]) => [name, String(script)])),
    hasWorkspaces: json['workspaces'] !== undefined,
    hasDependencies: ['dependencies', 'devDependencies'].some(
      (key) => Object.keys(json[key] ?? {}).length > 0,
    ),
    packageManager: typeof manager === 'string' ? manager : undefined,
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
