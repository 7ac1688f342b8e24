import picomatch from 'picomatch';
import type { Config } from '../config/schema.js';
import type { RepoPath } from '../edits/types.js';
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
      '**/{vitest,jest,mocha,ava,karma,playwright,cypress,eslint,prettier}.config.*',
      '**/.mocharc*',
      '**/.eslintrc*',
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
];

const options = { dot: true, nocase: true };

/**
 * Says of a path why a model may not change it for this task, or nothing. A task opens a guarded file by naming it in
 * `files`, or by its path standing in the title, description or acceptance.
 */
export function createProtection(
  task: Task,
  config: Pick<Config, 'protect' | 'docs'>,
): (path: RepoPath) => string | undefined {
  const forbidden = picomatch(FORBIDDEN, options);
  const guarded = GUARDED.map(([reason, globs]) => [reason, picomatch([...globs], options)] as const);
  const configured = picomatch(config.protect, options);
  const isNamed = namedIn(task);
  return (path) => {
    if (forbidden(path)) return 'it steers Nexus or git';
    if (path === `${config.docs}/${task.id}.md`) return 'it is the plan document, which Nexus writes';
    if (isNamed(path)) return undefined;
    if (config.protect.length > 0 && configured(path)) return 'it is protected in .nexus.yml';
    const found = guarded.find(([, matches]) => matches(path));
    if (found !== undefined) return `${found[0]} and the task does not name it`;
    if (task.only && !isInside(path, task.files)) return 'the task allows only the files it names';
    return undefined;
  };
}

/** Whether a task names a path: in `files`, or in its text. */
export function namedIn(task: Task): (path: RepoPath) => boolean {
  const text = [task.title, task.description, ...task.acceptance].join('\n');
  return (path) => task.files.includes(path) || mentionsPath(text, path);
}

/** Whether the text names this very path, not a longer one that ends or begins with it. */
export function mentionsPath(text: string, path: RepoPath): boolean {
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text.slice(at + path.length, at + path.length + 2);
    if (!/[\w./-]/.test(before) && !/^(?:[\w/-]|\.\w)/.test(after)) return true;
  }
  return false;
}

function isInside(path: RepoPath, files: readonly string[]): boolean {
  return files.some((file) => path === file || path.startsWith(file.endsWith('/') ? file : `${file}/`));
}
