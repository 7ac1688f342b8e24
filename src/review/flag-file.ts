import picomatch from 'picomatch';
import type { RepoPath } from '../edits/types.js';
import type { ChangedFile } from '../repository/repository.js';
import type { FileFlag, PacketFile } from './packet.js';

interface Rule {
  flag: FileFlag;
  why: string;
  globs: string[];
}

/** Files that decide what the checks mean, or what runs on other machines: a change there deserves a look of its own. */
const RULES: readonly Rule[] = [
  {
    flag: 'nexus',
    why: 'configures Nexus itself',
    globs: ['.nexus.yml', 'tasks.yml', '.nexus/**'],
  },
  {
    flag: 'ci',
    why: 'defines what runs in CI',
    globs: [
      '.github/{workflows,actions}/**',
      '.gitlab-ci.yml',
      '.circleci/**',
      '.ci/**',
      '.travis.yml',
      '.drone.yml',
      'azure-pipelines*.yml',
      'bitbucket-pipelines.yml',
      '**/Jenkinsfile',
    ],
  },
  {
    flag: 'hooks',
    why: 'runs on developers’ machines',
    globs: ['.husky/**', '.githooks/**', '{,.}lefthook*.{yml,yaml,json,toml}', '.pre-commit-config.yaml'],
  },
  {
    flag: 'checks',
    why: 'defines what the checks do',
    globs: [
      '**/package.json',
      '**/{jest,vitest,vite,karma,ava,playwright,cypress}{.,-}*.{js,cjs,mjs,ts,cts,mts,json,yml,yaml}',
      '**/.{mocharc,nycrc,c8rc,eslintrc,prettierrc,stylelintrc,oxlintrc}*',
      '**/{,.}{eslint,prettier,stylelint,biome,oxlint,oxfmt}{,rc}.{config.,}*{js,cjs,mjs,ts,json,jsonc,yml,yaml}',
      '**/.{eslint,prettier}ignore',
      '**/tsconfig*.json',
      '**/{pytest.ini,tox.ini,noxfile.py,setup.cfg,setup.py,pyproject.toml,conftest.py,.coveragerc,mypy.ini,ruff.toml,.ruff.toml,.flake8,.pylintrc}',
      '**/{Makefile,makefile,GNUmakefile,*.mk,justfile,Justfile,Taskfile.yml,Rakefile,CMakeLists.txt}',
      '**/{Cargo.toml,clippy.toml,rustfmt.toml,.golangci.yml,.golangci.yaml,build.gradle,build.gradle.kts,pom.xml,*.csproj,Directory.Build.props}',
      '**/{.rspec,.rubocop.yml,phpunit.xml,phpunit.xml.dist,codecov.yml,.codecov.yml}',
    ],
  },
  {
    flag: 'dependencies',
    why: 'decides which dependencies are installed',
    globs: [
      '**/{package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,bun.lock,bun.lockb,.npmrc,.yarnrc.yml,pnpm-workspace.yaml}',
      '**/{Cargo.lock,go.mod,go.sum,Gemfile,Gemfile.lock,poetry.lock,uv.lock,Pipfile,Pipfile.lock,composer.json,composer.lock}',
      '**/requirements*.txt',
    ],
  },
];

const TESTS = [
  '**/{test,tests,__tests__,spec,specs,testdata,__snapshots__}/**',
  '**/*{.,_,-}{test,spec}.*',
  '**/test_*.py',
  '**/*{Test,Tests,Spec}.{java,kt,cs,swift,scala,php}',
];

const OPTIONS = { dot: true, nocase: true };
const isTest = picomatch(TESTS, OPTIONS);
const matchers = RULES.map((rule) => ({ rule, matches: picomatch(rule.globs, OPTIONS) }));

/** Why a changed file deserves a look of its own; empty for ordinary ones. A renamed file is judged by both names. */
export function flagFile(
  file: ChangedFile,
  isProtected: (path: RepoPath) => string | undefined = () => undefined,
): PacketFile['flags'] {
  const paths = file.from === undefined ? [file.path] : [file.from, file.path];
  const flags: PacketFile['flags'] = matchers
    .filter(({ matches }) => paths.some((path) => matches(path)))
    .map(({ rule }) => ({ flag: rule.flag, why: rule.why }));
  const reason = paths.map(isProtected).find((why) => why !== undefined);
  if (reason !== undefined) flags.unshift({ flag: 'protected', why: reason });
  const test = flagTest(file);
  if (test !== undefined) flags.push(test);
  return flags;
}

/** A new test weakens nothing; one that was changed or taken away may. */
function flagTest(file: ChangedFile): PacketFile['flags'][number] | undefined {
  if (file.status === 'added' || !isTest(file.from ?? file.path)) return undefined;
  if (file.status === 'deleted') return { flag: 'test-deleted', why: 'a test was deleted' };
  if (file.from !== undefined && !isTest(file.path)) {
    return { flag: 'test-deleted', why: 'a test was moved to where it may not run' };
  }
  const lost = file.deleted === undefined || file.deleted === 0 ? '' : `, ${file.deleted} lines replaced`;
  return { flag: 'test-changed', why: `a test that existed was changed${lost}` };
}
