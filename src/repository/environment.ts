import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';

/** Environment variables by name; a name that is absent is not set. */
export type Variables = Record<string, string>;

/**
 * The only ambient `GIT_*` variables that reach our git. They are settings of a person or a machine. Everything else
 * (`GIT_DIR`, `GIT_INDEX_FILE`, `GIT_AUTHOR_*`, `GIT_CONFIG_PARAMETERS`, …) is what git exports to hooks: it would
 * redirect our commands to another repository, the user's index or a stranger's name and date.
 */
const KEPT = new Set([
  'git_ceiling_directories',
  'git_committer_email',
  'git_committer_name',
  'git_config_global',
  'git_config_nosystem',
  'git_config_system',
  'git_discovery_across_filesystem',
]);

/** Programs that git could start, and the languages that would translate its messages. */
const DROPPED = new Set(['editor', 'language', 'pager', 'prefix', 'ssh_askpass', 'visual']);

/** What every git process of ours gets on top. */
const FIXED: Variables = {
  GCM_INTERACTIVE: 'never',
  // A file called `*.ts` is a file, not a pattern.
  GIT_LITERAL_PATHSPECS: '1',
  // Reading must not take the user's index.lock.
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C.UTF-8',
};

/** The environment our git runs in, built from an ambient one (usually `process.env`). */
export function gitEnvironment(ambient: NodeJS.ProcessEnv): Variables {
  return { ...scrubEnvironment(ambient), ...FIXED };
}

/** An environment without what git exports to its hooks. */
export function scrubEnvironment(ambient: NodeJS.ProcessEnv): Variables {
  const variables: Variables = {};
  for (const [name, value] of Object.entries(ambient)) {
    if (value !== undefined && !isScrubbed(name.toLowerCase())) variables[name] = value;
  }
  return variables;
}

// Windows compares variable names without case, so we do.
function isScrubbed(name: string): boolean {
  return (name.startsWith('git_') && !KEPT.has(name)) || DROPPED.has(name);
}

/** Settings that every command gets, stronger than any configuration file. */
export const FIXED_CONFIG: readonly string[] = [
  'core.quotePath=false',
  // git documents /dev/null as the off switch; git for Windows knows it, too.
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  // Windows: a temporary folder makes long paths longer.
  'core.longPaths=true',
  'commit.gpgSign=false',
  'merge.verifySignatures=false',
  'log.showSignature=false',
  'color.ui=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'i18n.commitEncoding=UTF-8',
  'i18n.logOutputEncoding=UTF-8',
  'trailer.separators=:',
  // Never commit as `user@hostname`.
  'user.useConfigOnly=true',
];

/** Settings for commands that work on an index of our own: nothing of the user's index format may leak into it. */
export const OWN_INDEX_CONFIG: readonly string[] = [
  // A split index would write its shared half into the user's git directory.
  'core.splitIndex=false',
  'core.untrackedCache=false',
  'core.sparseCheckout=false',
  'core.sparseCheckoutCone=false',
  'index.sparse=false',
];

/** Hook events that commands of ours could cause. */
const HOOK_EVENTS = ['reference-transaction', 'post-checkout', 'post-index-change', 'post-merge'];

/**
 * Settings that switch off hooks defined in configuration (git >= 2.54), which `core.hooksPath` does not cover: by
 * name on 2.54, and by event as well since 2.55, for one that is configured while we run.
 */
export function hooksOff(names: readonly string[]): Variables {
  const keys = [...new Set([...names, ...HOOK_EVENTS])].map((name) => `hook.${name}.enabled`);
  const variables: Variables = { GIT_CONFIG_COUNT: String(keys.length) };
  for (const [index, key] of keys.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = 'false';
  }
  return variables;
}

/**
 * The program to start. Windows looks into the current folder before `PATH`, and there a stranger's checkout could
 * hold its own `git.exe`; so there the full path is looked up.
 */
export function findGit(
  environment: Variables,
  platform: NodeJS.Platform = process.platform,
  exists: (path: string) => boolean = existsSync,
): string {
  if (platform !== 'win32') return 'git';
  const path = Object.entries(environment).find(([name]) => name.toLowerCase() === 'path')?.[1] ?? '';
  const folders = path.split(win32.delimiter).map((folder) => folder.replaceAll('"', ''));
  const programs = folders
    .filter((folder) => win32.isAbsolute(folder))
    .map((folder) => win32.join(folder, 'git.exe'));
  // A name that can't exist gives the ordinary "git is missing" error.
  return programs.find((program) => exists(program)) ?? posix.join('git-is-not-on-the-path', 'git.exe');
}
