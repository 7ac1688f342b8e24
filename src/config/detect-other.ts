import type { Folder, FoundCommand } from './detect-checks.js';

interface Detector {
  /** A file that shows this kind of project. */
  manifest: RegExp;
  /** The command, given the folder; undefined when the project has nothing to check. */
  command: (folder: Folder) => string | undefined;
  /** The manifest at the top covers the folders below it. */
  coversBelow: boolean;
}

const DETECTORS: readonly Detector[] = [
  { manifest: /^go\.mod$/, command: () => 'go test ./...', coversBelow: false },
  { manifest: /^Cargo\.toml$/, command: () => 'cargo test', coversBelow: true },
  {
    manifest: /^pom\.xml$/,
    command: (folder) => `${wrapper(folder, 'mvnw', 'mvnw.cmd') ?? 'mvn'} test`,
    coversBelow: true,
  },
  {
    manifest: /^(build|settings)\.gradle(\.kts)?$/,
    command: (folder) => `${wrapper(folder, 'gradlew', 'gradlew.bat') ?? 'gradle'} test`,
    coversBelow: true,
  },
  { manifest: /\.slnx?$/, command: () => 'dotnet test', coversBelow: true },
  { manifest: /^mix\.exs$/, command: () => 'mix test', coversBelow: true },
  { manifest: /^\.rspec$/, command: () => 'bundle exec rspec', coversBelow: true },
];

/** Checks of projects that are not Node's: Python, Go, Rust, Java, .NET, Elixir, Ruby. */
export async function detectOtherChecks(folder: Folder): Promise<FoundCommand[]> {
  const commands: FoundCommand[] = await detectPytest(folder);
  for (const { manifest, command, coversBelow } of DETECTORS) {
    const file = findName(folder, manifest);
    const isCovered =
      coversBelow && folder.parents.some((parent) => findName(parent, manifest) !== undefined);
    const run = file === undefined || isCovered ? undefined : command(folder);
    if (file !== undefined && run !== undefined) commands.push({ kind: 'check', run, because: file });
  }
  return commands;
}

/** Files that configure pytest, with what they then hold. */
const PYTEST_FILES: readonly (readonly [file: string, sign: RegExp])[] = [
  ['pytest.ini', /^/],
  ['pyproject.toml', /\bpytest\b/],
  ['setup.cfg', /^\[tool:pytest\]/m],
  ['tox.ini', /^\[pytest\]|\bpytest\b/m],
  ['requirements.txt', /^pytest\b/m],
  ['requirements-dev.txt', /^pytest\b/m],
];

async function detectPytest(folder: Folder): Promise<FoundCommand[]> {
  const because = await findPytestSign(folder);
  if (because === undefined) return [];
  if (folder.names.has('uv.lock')) {
    return [
      { kind: 'setup', run: 'uv sync --frozen', because: 'uv.lock' },
      { kind: 'check', run: 'uv run --frozen pytest', because },
    ];
  }
  if (folder.names.has('poetry.lock')) {
    return [
      { kind: 'setup', run: 'poetry install', because: 'poetry.lock' },
      { kind: 'check', run: 'poetry run pytest', because },
    ];
  }
  return [{ kind: 'check', run: `${findPython(folder)} -m pytest`, because }];
}

async function findPytestSign(folder: Folder): Promise<string | undefined> {
  for (const [file, sign] of PYTEST_FILES) {
    if (folder.names.has(file) && sign.test((await folder.read(file)) ?? '\0')) return file;
  }
  const isProject = ['pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'].some((name) =>
    folder.names.has(name),
  );
  if (folder.names.has('conftest.py') && folder.parents.length === 0) return 'conftest.py';
  const tests = ['tests', 'test'].find((name) => folder.names.has(name));
  return isProject && tests !== undefined ? `folder "${tests}" of a Python project` : undefined;
}

/** The virtual environment is linked into the worktree, so its path is the same there. */
function findPython({ names, platform }: Folder): string {
  const windows = platform === 'win32';
  const environment = ['.venv', 'venv'].find((name) => names.has(name));
  if (environment === undefined) return windows ? 'python' : 'python3';
  return windows ? String.raw`${environment}\Scripts\python` : `${environment}/bin/python`;
}

function wrapper({ names, platform }: Folder, script: string, windowsScript: string): string | undefined {
  if (platform === 'win32') return names.has(windowsScript) ? windowsScript : undefined;
  return names.has(script) ? `./${script}` : undefined;
}

function findName({ names }: Folder, pattern: RegExp): string | undefined {
  return [...names].find((name) => pattern.test(name));
}
