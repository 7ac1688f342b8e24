import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LANGUAGES, SYNTAX, type Language } from './languages.js';
import { Random } from './random.js';
import { readSource, type Source } from './source.js';

/** A published package with source code under a permissive licence (MIT, BSD or Apache-2.0). */
interface Package {
  name: string;
  version: string;
  /** Only files whose path inside the package matches. */
  files: RegExp;
}

const PACKAGES: Record<Language, readonly Package[]> = {
  javascript: [
    { name: 'eslint', version: '8.57.1', files: /^package\/lib\// },
    { name: 'express', version: '4.21.2', files: /^package\/lib\// },
    { name: 'fastify', version: '4.28.1', files: /^package\/lib\// },
  ],
  typescript: [
    { name: 'rxjs', version: '7.8.1', files: /^package\/src\/internal\// },
    { name: '@reduxjs/toolkit', version: '2.2.7', files: /^package\/src\/(?!tests)/ },
  ],
  python: [
    { name: 'requests', version: '2.32.3', files: /^requests\// },
    { name: 'rich', version: '13.9.4', files: /^rich\/(?!_unicode|_emoji)/ },
    { name: 'flask', version: '3.0.3', files: /^flask\// },
  ],
  go: [
    { name: 'github.com/gin-gonic/gin', version: 'v1.10.0', files: /(?<!pb)\.go$/ },
    { name: 'github.com/spf13/cobra', version: 'v1.8.1', files: /\.go$/ },
  ],
  rust: [
    { name: 'anyhow', version: '1.0.93', files: /^src\// },
    { name: 'serde_json', version: '1.0.132', files: /^src\// },
    { name: 'regex-syntax', version: '0.8.5', files: /^src\/(?!unicode_tables)/ },
  ],
  java: [
    { name: 'org.apache.commons:commons-lang3', version: '3.17.0', files: /^org\// },
    { name: 'com.google.code.gson:gson', version: '2.11.0', files: /^com\// },
  ],
};

/** Files of each language that cases are made in. */
const FILES = 40;

/**
 * Fetches the packages of every language through the package tool on this machine, once, into `cache`, and chooses
 * files. A language whose tool is missing or fails is left out, and `tell` says so.
 */
export function fetchSources(cache: string, tell: (line: string) => void): Map<Language, Source[]> {
  const sources = new Map<Language, Source[]>();
  for (const language of LANGUAGES) {
    const all: Source[] = [];
    for (const one of PACKAGES[language]) {
      try {
        all.push(...readPackage(language, one, fetchPackage(language, one, cache)));
      } catch (error) {
        tell(
          `${language}: ${one.name} is left out: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    if (all.length === 0) tell(`${language} is left out: there is no source file.`);
    else sources.set(language, choose(all));
  }
  return sources;
}

function choose(all: readonly Source[]): Source[] {
  const sorted = [...all].sort((one, other) => (one.path < other.path ? -1 : 1));
  return new Random('files').shuffle(sorted).slice(0, FILES);
}

function readPackage(language: Language, one: Package, folder: string): Source[] {
  const [ending = ''] = SYNTAX[language].endings;
  const short = one.name.split(/[/:]/).at(-1) ?? one.name;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith(ending) && !path.endsWith('.d.ts') && one.files.test(path))
    .flatMap((path) => {
      const shown = path.replace(/^package\//, '');
      const source = readSource(
        language,
        shown.startsWith(`${short}/`) ? shown : `${short}/${shown}`,
        readFileSync(join(folder, path), 'utf8'),
      );
      return source === undefined ? [] : [source];
    });
}

function fetchPackage(language: Language, one: Package, cache: string): string {
  const folder = join(cache, 'sources', language, `${one.name.replace(/[^\w.-]+/g, '-')}-${one.version}`);
  if (existsSync(folder)) return folder;
  const working = `${folder}.part`;
  rmSync(working, { recursive: true, force: true });
  mkdirSync(working, { recursive: true });
  FETCHERS[language](one, working);
  renameSync(working, folder);
  return folder;
}

const FETCHERS: Record<Language, (one: Package, folder: string) => void> = {
  javascript: fetchFromNpm,
  typescript: fetchFromNpm,
  python({ name, version }, folder) {
    run('pip', ['download', '--quiet', '--no-deps', '--dest', '.', `${name}==${version}`], folder);
    const wheel = readdirSync(folder).find((file) => file.endsWith('.whl')) ?? '';
    run('python3', ['-m', 'zipfile', '-e', wheel, '.'], folder);
  },
  go({ name, version }, folder) {
    const told = run('go', ['mod', 'download', '-json', `${name}@${version}`], folder);
    const from: unknown = JSON.parse(told);
    if (typeof from !== 'object' || from === null || !('Dir' in from) || typeof from.Dir !== 'string') {
      throw new Error('go does not say where the module is');
    }
    copyText(from.Dir, folder, '.go');
  },
  rust({ name, version }, folder) {
    const manifest = `[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "scratch.rs"\n[dependencies]\n${name} = "=${version}"\n`;
    writeFileSync(join(folder, 'Cargo.toml'), manifest);
    writeFileSync(join(folder, 'scratch.rs'), '');
    run('cargo', ['vendor', '--quiet', 'vendor'], folder);
    renameSync(join(folder, 'vendor', name, 'src'), join(folder, 'src'));
    rmSync(join(folder, 'vendor'), { recursive: true });
  },
  java({ name, version }, folder) {
    const artifact = `-Dartifact=${name}:${version}:jar:sources`;
    run('mvn', ['-q', '-B', 'dependency:copy', artifact, '-DoutputDirectory=.'], folder);
    const jar = readdirSync(folder).find((file) => file.endsWith('.jar')) ?? '';
    run('jar', ['xf', jar], folder);
  },
};

function fetchFromNpm({ name, version }: Package, folder: string): void {
  run('npm', ['pack', '--silent', `${name}@${version}`], folder);
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '';
  run('tar', ['xzf', archive], folder);
}

function copyText(from: string, to: string, ending: string): void {
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith(ending)) continue;
    mkdirSync(join(to, path, '..'), { recursive: true });
    writeFileSync(join(to, path), readFileSync(join(from, path)));
  }
}

function run(command: string, args: readonly string[], cwd: string): string {
  const isWindows = process.platform === 'win32';
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', shell: isWindows, maxBuffer: 1e8 });
  if (done.error !== undefined) throw new Error(`${command} can't be started`);
  if (done.status === 0) return done.stdout;
  const [why = ''] = done.stderr.trim().split('\n').slice(-1);
  throw new Error(`${command} ${args[0] ?? ''} failed: ${why.slice(0, 200)}`);
}
