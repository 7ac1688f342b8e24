import os from 'node:os';
import { realEffects, type PlatformEffects } from './effects.js';
import { systemProgram } from './windows-folders.js';

/** A graphics card with memory of its own. */
export interface GraphicsCard {
  name: string;
  bytes: number;
}

/** `unified`: shares the machine's memory (Apple silicon). `unknown`: there may be a card that cannot be asked. */
export type Graphics =
  | { kind: 'unified' }
  | { kind: 'cards'; cards: GraphicsCard[] }
  | { kind: 'none' }
  | { kind: 'unknown' };

export interface MachineMemory {
  /** What programs may use, in bytes: of a container its limit. */
  ramBytes: number;
  graphics: Graphics;
}

type Effects = Pick<PlatformEffects, 'env' | 'output'> & { fs: Pick<PlatformEffects['fs'], 'readFile'> };

/** More cards than any machine has; their numbers have gaps. */
const MOST_CARDS = 16;
/** A smaller share is what a processor's own graphics keep of the machine's memory. */
const LEAST_CARD = 1024 ** 3;
const MIB = 1024 ** 2;

/** Memory that programs may use, in bytes: that of the machine, or the limit of the container. */
export function readUsableMemory(): number {
  const total = os.totalmem();
  const limit = process.constrainedMemory();
  // 0 or far above what there is: it has no limit.
  return limit > 0 ? Math.min(limit, total) : total;
}

/** What this machine has for models. Asks the driver, which may take a second; what cannot be found out is `unknown`. */
export async function readMachineMemory(
  effects: Effects = realEffects,
  system: { platform: NodeJS.Platform; arch: string } = process,
): Promise<MachineMemory> {
  return { ramBytes: readUsableMemory(), graphics: await findGraphics(effects, system) };
}

async function findGraphics(
  effects: Effects,
  { platform, arch }: { platform: NodeJS.Platform; arch: string },
): Promise<Graphics> {
  if (platform === 'darwin') return arch === 'arm64' ? { kind: 'unified' } : { kind: 'none' };
  const nvidia = await askNvidia(effects, platform);
  if (platform !== 'linux') return nvidia ?? { kind: 'unknown' };
  const amd = await readAmd(effects);
  if (nvidia?.kind === 'unknown' && amd.length === 0) return nvidia;
  const cards = [...(nvidia?.kind === 'cards' ? nvidia.cards : []), ...amd];
  return cards.length > 0 ? { kind: 'cards', cards } : { kind: 'none' };
}

/** Undefined: no driver. Machines whose card shares the memory write `[N/A]`. */
async function askNvidia(
  { env, output }: Effects,
  platform: NodeJS.Platform,
): Promise<Extract<Graphics, { kind: 'cards' | 'unknown' }> | undefined> {
  const program = platform === 'win32' ? systemProgram('nvidia-smi.exe', env) : 'nvidia-smi';
  const text = await output(program, ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'], {});
  if (text === undefined) return undefined;
  const cards = text.split('\n').flatMap((line): GraphicsCard[] => {
    const [, name, mib] = /^(.+), *(\d+)\s*$/.exec(line) ?? [];
    return name === undefined || mib === undefined ? [] : [{ name: name.trim(), bytes: Number(mib) * MIB }];
  });
  return cards.length > 0 ? { kind: 'cards', cards } : { kind: 'unknown' };
}

/** The driver amdgpu tells it in sysfs, in bytes; so no tool of ROCm is needed. */
async function readAmd({ fs }: Effects): Promise<GraphicsCard[]> {
  const files = Array.from(
    { length: MOST_CARDS },
    (_, index) => `/sys/class/drm/card${index}/device/mem_info_vram_total`,
  );
  const texts = await Promise.all(files.map(async (file) => fs.readFile(file, 'utf8').catch(() => '')));
  return texts
    .map((text) => Number(/^\d+$/.exec(text.trim())?.[0] ?? 0))
    .filter((bytes) => bytes >= LEAST_CARD)
    .map((bytes) => ({ name: 'AMD graphics card', bytes }));
}
