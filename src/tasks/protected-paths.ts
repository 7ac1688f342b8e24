import picomatch from 'picomatch';
import type { Config } from '../config/schema.js';
import type { RepoPath } from '../edits/types.js';
import { pathKey } from '../platform/path-names.js';
import type { Task } from './task.js';

/** Never written by a model, whatever a task says. */
const FORBIDDEN = [
  'tasks.yml',
  '.nexus.yml',
  '.nexus/**',
  '.gitmodules',
  '.husky/**',
  '.githooks/**',
  'lefthook.y*ml',
  '.lefthook.y*ml',
  '.pre-commit-config.yaml',
];

/**
 * Not written unless the task names them: what pins dependencies, runs in CI, or defines what the checks do
 * (design.md §5.11).
 */
const GUARDED: readonly (readonly [reason: string, globs: readonly string[]])[] = [
  [
    'it pins dependencies',
    [
      '**/package-lock.json',
      '**/npm-shrinkwrap.json',
      '**/deno.lock',
      '**/mix.lock',
      '**/pubspec.lock',
      '**/packages.lock.json',
      '**/yarn.lock',
      '**/pnpm-lock.yaml',
      '**/bun.lock*',
      '**/Cargo.lock',
      '**/go.sum',
      '**/poetry.lock',
      '**/uv.lock',
      '**/Pipfile.lock',
      '**/Gemfile.lock',
      '**/composer.lock',
      '**/flake.lock',
    ],
  ],
  [
    'it runs in CI',
    [
      '.github/workflows/**',
      '.github/actions/**',
      '.gitlab-ci.yml',
      '.circleci/**',
      'azure-pipelines.yml',
      'Jenkinsfile',
      '.travis.yml',
      'bitbucket-pipelines.yml',
      '.buildkite/**',
      '.ci/**',
    ],
  ],
  [
    'it defines what the checks do',
    [
      '**/package.json',
      '**/Makefile',
      '**/makefile',
      '**/GNUmakefile',
      '**/{vitest,vite,jest,mocha,ava,karma,playwright,cypress,eslint,prettier,babel}{,.*}.config.*',
      '**/vitest.workspace.*',
      '**/karma.conf.*',
      '**/.{mocha,eslint,prettier,babel,oxlint,swc,nyc,c8,tap}rc*',
      '**/biome.json*',
      '**/.{eslint,prettier}ignore',
      '**/deno.json*',
      '**/{turbo,nx}.json',
      '**/.npmrc',
      '**/.yarnrc*',
      '**/bunfig.toml',
      '**/{,.}justfile',
      '**/Taskfile.y*ml',
      '**/Rakefile',
      '**/.cargo/config*',
      '**/.golangci.*',
      '**/{,.}ruff.toml',
      '**/{,.}mypy.ini',
      '**/.{pylintrc,coveragerc,flake8}',
      '**/pytest.ini',
      '**/tox.ini',
      '**/setup.cfg',
      '**/pyproject.toml',
      '**/conftest.py',
      '**/noxfile.py',
      '**/tsconfig*.json',
      '**/build.gradle*',
      '**/pom.xml',
      '**/phpunit.xml*',
      '**/.rspec',
    ],
  ],
  ['it tells git how to treat files', ['**/.gitattributes']],
];

const OWN_GLOBS = 'it is protected in .nexus.yml';

const options = { dot: true, nocase: true };

/**
 * Says of a path why a model may not change it for this task, or nothing. A task opens a guarded file by naming it in
 * `files` (or a folder that is guarded as a whole), or by its path standing in the title, description or acceptance.
 * With `only: true` nothing outside `files` is open.
 */
export function createProtection(
  task: Task,
  config: Pick<Config, 'protect' | 'docs'>,
): (path: RepoPath) => string | undefined {
  const isForbidden = picomatch(FORBIDDEN, options);
  const guards = [
    ...(config.protect.length > 0 ? [[OWN_GLOBS, widen(config.protect)] as const] : []),
    ...GUARDED.map(([reason, globs]) => [`${reason} and the task does not name it`, globs] as const),
  ].map(([reason, globs]) => ({ reason, matches: picomatch([...globs], options) }));
  const isNamed = namedIn(task);
  const plan = pathKey(`${config.docs}/${task.id}.md`);
  return (path) => {
    if (isForbidden(path)) return 'it steers Nexus or git';
    if (pathKey(path) === plan) return 'it is the plan document, which Nexus writes';
    if (task.only && !isInside(path, task.files)) return 'the task allows only the files it names';
    const guard = guards.find(({ matches }) => matches(path));
    if (guard === undefined || isNamed(path)) return undefined;
    const isOpened = task.files.some((folder) => isInside(path, [folder]) && guard.matches(folder));
    return isOpened ? undefined : guard.reason;
  };
}

/**
 * The same where no task says what may change: the guarded files are open to whoever names them one by one, in `--files`.
 * @param protect globs of `.nexus.yml`
 */
export function createFileProtection(
  protect: readonly string[],
  isNamed: (path: RepoPath) => boolean,
): (path: RepoPath) => string | undefined {
  const isForbidden = picomatch(FORBIDDEN, options);
  const guards = [...(protect.length > 0 ? [[OWN_GLOBS, widen(protect)] as const] : []), ...GUARDED].map(
    ([reason, globs]) => ({ reason, matches: picomatch([...globs], options) }),
  );
  return (path) => {
    if (isForbidden(path)) return 'it steers Nexus or git';
    if (isNamed(path)) return undefined;
    const guard = guards.find(({ matches }) => matches(path));
    return guard === undefined ? undefined : `${guard.reason} and --files does not name it`;
  };
}

/** A folder's name protects what is in it, however it is written. */
function widen(globs: readonly string[]): string[] {
  return globs.flatMap((glob) => {
    const bare = glob.replace(/^\.?\//, '').replace(/\/$/, '');
    return [bare, `${bare}/**`];
  });
}

/** Everything that a task says, as one text. */
export function textOf(task: Task): string {
  return [task.title, task.description, ...task.acceptance].join('\n');
}

/** Whether a task names a path: in `files`, or in its text. */
export function namedIn(task: Task): (path: RepoPath) => boolean {
  const text = textOf(task);
  return (path) => task.files.includes(path) || mentionsPath(text, path);
}

/**
 * Whether the text names this very path, with slashes or backslashes, and not a longer one that ends or begins with it.
 * A `./` before a path with a folder belongs to it; before a bare name it is an import relative to some other file.
 */
export function mentionsPath(text: string, path: RepoPath): boolean {
  if (path === '') return false;
  const said = text.includes('\\') ? text.replaceAll('\\', '/') : text;
  for (let at = said.indexOf(path); at !== -1; at = said.indexOf(path, at + 1)) {
    const lead = said.slice(Math.max(0, at - 3), at);
    const before = path.includes('/') ? lead.replace(/(^|[^.])\.\/$/, '$1') : lead;
    const after = said.slice(at + path.length, at + path.length + 3);
    if (!/[\p{L}\p{N}_./-]$/u.test(before) && !/^(?:[\p{L}\p{N}_/-]|\.[\p{L}\p{N}_])/u.test(after))
      return true;
  }
  return false;
}

function isInside(path: RepoPath, files: readonly string[]): boolean {
  return files.some((file) => path === file || path.startsWith(file.endsWith('/') ? file : `${file}/`));
}
