import type { MachineMemory } from '../../platform/machine-memory.js';

/** Where models run on a machine, and how much memory they may take there. */
export interface Room {
  where: 'graphics' | 'unified' | 'processor';
  bytes: number;
  /** How the number comes about, for people: `90 % of 24 GB of graphics memory`. */
  because: string;
}

const GB = 1e9;
/** The desktop and the driver keep a part; Ollama leaves about as much. */
const GRAPHICS_SHARE = 0.9;
/** A 7B model with 8k of context; with less most of the layers of a useful model are on the processor. */
const LEAST_GRAPHICS = 5.5 * GB;
/** What the system, an editor and a browser take, at least and at most. */
const LEAST_KEPT = 2 * GB;
const MOST_KEPT = 4 * GB;
const KEPT_SHARE = 0.25;
/** What Metal lets the graphics of Apple silicon have (recommendedMaxWorkingSetSize): two thirds, above 36 GB three quarters. */
const LARGE_UNIFIED = 37 * GB;

/** What models may take of this machine when they are to run as fast as they can. */
export function findRoom(machine: MachineMemory): Room {
  const { graphics, ramBytes } = machine;
  if (graphics.kind === 'unified') {
    const share = ramBytes > LARGE_UNIFIED ? 3 / 4 : 2 / 3;
    return {
      where: 'unified',
      bytes: ramBytes * share,
      because: `${Math.round(share * 100)} % of ${gigabytes(ramBytes)}, which the graphics may use`,
    };
  }
  const cards = sumCards(machine);
  if (cards * GRAPHICS_SHARE >= LEAST_GRAPHICS) {
    return {
      where: 'graphics',
      bytes: cards * GRAPHICS_SHARE,
      because: `90 % of ${gigabytes(cards)} of graphics memory`,
    };
  }
  const kept = keptBySystem(ramBytes);
  return {
    where: 'processor',
    bytes: Math.max(0, ramBytes - kept),
    because: `${gigabytes(ramBytes)} less ${gigabytes(kept)} for the system and other programs`,
  };
}

/** All memory that a server can spread models over, bytes: what does not fit there does not run. */
export function findCapacity(machine: MachineMemory): number {
  if (machine.graphics.kind === 'unified') return findRoom(machine).bytes;
  return machine.ramBytes - keptBySystem(machine.ramBytes) + sumCards(machine) * GRAPHICS_SHARE;
}

function keptBySystem(ramBytes: number): number {
  return Math.min(MOST_KEPT, Math.max(LEAST_KEPT, ramBytes * KEPT_SHARE));
}

function sumCards({ graphics }: MachineMemory): number {
  return graphics.kind === 'cards' ? graphics.cards.reduce((sum, { bytes }) => sum + bytes, 0) : 0;
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}
