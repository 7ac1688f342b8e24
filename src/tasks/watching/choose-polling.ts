import { readFile, realpath, stat } from 'node:fs/promises';
import { seesOwnWrites } from './self-test.js';

/**
 * Kinds of Linux mounts where what others write (the Windows or macOS side, another machine) gives no events here:
 * WSL2's `/mnt/c` (microsoft/WSL#4739), Docker Desktop's and virtual machines' shared folders, network file systems.
 * `fuseblk` is not one of them: a local NTFS disk that only this machine writes to.
 */
const KINDS_WITHOUT_EVENTS =
  /^(?:9p|v9fs|drvfs|wslfs|nfs\d?|cifs|smb\w*|ncpfs?|afs|coda|ceph|glusterfs|lustre|gpfs|beegfs|davfs|fuse(?:\..*)?|virtiofs|vboxsf|prl_fs|vmhgfs|fakeowner|osxfs|grpcfuse)$/;

/** How often a folder without events is looked at, ms; CHOKIDAR_INTERVAL replaces it. */
const DEFAULT_INTERVAL_MS = 500;

/** What is known of the system; tests pass other values than the real ones. */
export interface PollingFacts {
  env: NodeJS.ProcessEnv;
  /** What /proc/mounts says; empty where there is none. */
  readMounts(): Promise<string>;
  platform: NodeJS.Platform;
  selfTest(probeFolder: string): Promise<boolean | undefined>;
}

const REAL_FACTS: PollingFacts = {
  env: process.env,
  readMounts: () => readFile('/proc/mounts', 'utf8').catch(() => ''),
  platform: process.platform,
  selfTest: seesOwnWrites,
};

export interface PollingInput {
  polling?: boolean | undefined;
  probeFolder?: string | undefined;
}

/**
 * Whether `folder` has to be polled: as CHOKIDAR_USEPOLLING says; else as `input.polling` says; else by the kind of its
 * file system; else after a self-test that writes to `input.probeFolder` and waits for the event. The self-test is left
 * out without a probe folder and when that is on another device, since it would tell nothing then.
 */
export async function choosePolling(
  folder: string,
  input: PollingInput,
  facts: PollingFacts = REAL_FACTS,
): Promise<boolean> {
  const told = readSwitch(facts.env['CHOKIDAR_USEPOLLING']) ?? input.polling;
  if (told !== undefined) return told;
  const real = await realpath(folder);
  // chokidar makes a slash of every backslash, also where a backslash is a letter of a name.
  if (facts.platform !== 'win32' && real.includes('\\')) return true;
  if (facts.platform === 'win32' && /^[\\/]{2}(?![?.][\\/])/.test(real)) return true;
  const kind = findMountKind(await facts.readMounts(), real);
  if (kind !== undefined && KINDS_WITHOUT_EVENTS.test(kind)) return true;
  const { probeFolder } = input;
  if (probeFolder === undefined || !(await isSameDevice(real, probeFolder))) return false;
  return (await facts.selfTest(probeFolder)) === false;
}

/** As chokidar reads it: `0`, `false` and nothing are no, everything else is yes. */
function readSwitch(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : !['', '0', 'false'].includes(value.toLowerCase());
}

/** A timer of Node's that is set to more than 2^31 ms fires at once, again and again; nobody means more than this, ms. */
const LONGEST_INTERVAL_MS = 60_000;

/** Ms between two looks when polling. At least 20, or watching would be all that the machine does. */
export function pollingInterval(env: NodeJS.ProcessEnv = process.env): number {
  const given = Number.parseInt(env['CHOKIDAR_INTERVAL'] ?? '', 10);
  return Number.isNaN(given) ? DEFAULT_INTERVAL_MS : Math.min(Math.max(20, given), LONGEST_INTERVAL_MS);
}

/** The kind of the mount that `path` (absolute, without links) is on, from the text of /proc/mounts. */
export function findMountKind(mounts: string, path: string): string | undefined {
  let best: { point: string; kind: string } | undefined;
  for (const line of mounts.split('\n')) {
    const [, escaped, kind] = line.split(' ');
    if (escaped === undefined || kind === undefined) continue;
    // Blank, tab, line end and backslash are written as three octal digits.
    const point = escaped.replace(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    const inside = point === '/' || path === point || path.startsWith(`${point}/`);
    // What was mounted last over the same place is what is seen.
    if (inside && point.length >= (best?.point.length ?? 0)) best = { point, kind };
  }
  return best?.kind;
}

async function isSameDevice(folder: string, other: string): Promise<boolean> {
  try {
    const [here, there] = await Promise.all([stat(folder), stat(other)]);
    return here.dev === there.dev;
  } catch {
    return false;
  }
}
