import { hasCode } from '../errors.js';

/*
 * How a process is told apart from another that was given the same id later. The commands and files of the systems,
 * with their effects injected, so that macOS and Windows are tested on Linux.
 */

/** What this module needs of the outside world. */
export interface IdentityEffects {
  readonly env: NodeJS.ProcessEnv;
  readFile(file: string): Promise<string>;
  readlink(file: string): Promise<string>;
  /** What a program wrote to stdout; undefined when it failed. `env` is added to ours. */
  output(file: string, args: readonly string[], env: Record<string, string>): Promise<string | undefined>;
}

/**
 * Where a process id means something: two processes with equal `boot` and `namespace` see each other under the same
 * ids. `machine` is the same after a reboot (undefined in most containers).
 */
export interface PidSpace {
  machine: string | undefined;
  boot: string;
  namespace: string;
}

/** Start of a process that has ended and is only listed until its parent asks for it (a zombie). */
const ENDED = 'ended';

/**
 * A text that stays the same while a process lives and differs from that of every later process with its id; undefined
 * when it is gone or the system does not say. Never throws.
 */
export async function readProcessStart(
  system: NodeJS.Platform,
  pid: number,
  effects: IdentityEffects,
): Promise<string | undefined> {
  try {
    if (system === 'linux') return await readLinuxStart(pid, effects);
    if (system === 'win32') return await askPowerShell(pid, effects);
    return await askPs(pid, effects);
  } catch {
    return undefined;
  }
}

/** proc_pid_stat(5): field 3 is the state, 22 the start in clock ticks since boot, which no change of the clock moves. */
async function readLinuxStart(pid: number, effects: IdentityEffects): Promise<string | undefined> {
  const line = await effects.readFile(`/proc/${pid}/stat`);
  // The second field is the program's name in brackets, which may contain brackets and spaces itself.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return ENDED;
  const ticks = fields[19];
  return ticks === undefined ? undefined : `${await readBoot(effects)}:${ticks}`;
}

/** UTC, since a laptop may change its time zone while the process lives. */
const PLAIN_WORDS = { LC_ALL: 'C', TZ: 'UTC' };

/** `Ss   Sun Nov 22 19:26:17 2026`. */
async function askPs(pid: number, effects: IdentityEffects): Promise<string | undefined> {
  const args = ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)];
  const line = (await effects.output('/bin/ps', args, PLAIN_WORDS))?.trim() ?? '';
  const [state = '', ...start] = line.split(/\s+/);
  if (state.startsWith('Z')) return ENDED;
  return start.length === 0 ? undefined : start.join(' ');
}

/** In 100 ns since 1601. Without a folder, Windows would look for the program in the current one first. */
async function askPowerShell(pid: number, effects: IdentityEffects): Promise<string | undefined> {
  const root = effects.env['SystemRoot'] ?? 'C:\\Windows';
  const program = `${root}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
  const command = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`;
  const text = await effects.output(program, ['-NoProfile', '-NonInteractive', '-Command', command], {});
  return /^\s*(\d+)\s*$/.exec(text ?? '')?.[1];
}

/** Undefined where the system does not say (macOS, Windows): there the computer's name has to do. */
export async function readPidSpace(
  system: NodeJS.Platform,
  effects: IdentityEffects,
): Promise<PidSpace | undefined> {
  if (system !== 'linux') return undefined;
  try {
    const [boot, namespace] = await Promise.all([readBoot(effects), effects.readlink('/proc/self/ns/pid')]);
    return { machine: await readMachine(effects), boot, namespace };
  } catch {
    return undefined;
  }
}

async function readBoot(effects: IdentityEffects): Promise<string> {
  return (await effects.readFile('/proc/sys/kernel/random/boot_id')).trim();
}

/** machine-id(5). */
async function readMachine(effects: IdentityEffects): Promise<string | undefined> {
  const text = await effects.readFile('/etc/machine-id').catch(() => '');
  return /^[0-9a-f]{32}$/.test(text.trim()) ? text.trim() : undefined;
}

/** Whether there is a process with this id now, whoever it is. */
export function isListed(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It may belong to somebody else.
    return hasCode(error, 'EPERM');
  }
}
