import { describe, expect, it } from 'vitest';
import type { InstalledModel } from '../../../src/models/port.js';
import { CANDIDATES } from '../../../src/models/recommend/candidates.js';
import { toCandidate } from '../../../src/models/recommend/installed-candidates.js';
import { recommendModels } from '../../../src/models/recommend/recommend.js';
import { findCapacity, findRoom } from '../../../src/models/recommend/room.js';
import type { Graphics, MachineMemory } from '../../../src/platform/machine-memory.js';

const GIB = 1024 ** 3;
const CONTEXTS = { overseer: [8192], coder: [16_384, 8192] };

function machine(gib: number, graphics: Graphics | number = { kind: 'none' }): MachineMemory {
  return {
    ramBytes: gib * GIB,
    graphics:
      typeof graphics === 'number'
        ? { kind: 'cards', cards: [{ name: 'card', bytes: graphics * GIB }] }
        : graphics,
  };
}

function model(name: string, more: Partial<InstalledModel> = {}): InstalledModel {
  return {
    name,
    digest: undefined,
    sizeBytes: 4e9,
    parameters: undefined,
    quantisation: undefined,
    contextTokens: undefined,
    loaded: undefined,
    ...more,
  };
}

const UNIFIED: Graphics = { kind: 'unified' };

describe('recommendModels', () => {
  it.each<[string, MachineMemory, string, string, number]>([
    ['4 GB', machine(3.8), 'qwen2.5-coder:1.5b', 'qwen2.5-coder:1.5b', 16_384],
    ['8 GB', machine(8), 'qwen2.5-coder:7b', 'qwen2.5-coder:7b', 16_384],
    ['16 GB', machine(15.5), 'llama3.1:8b', 'qwen2.5-coder:7b', 16_384],
    ['32 GB', machine(31), 'qwen3-coder:30b', 'qwen3-coder:30b', 16_384],
    ['a card of 4 GB, which is too small', machine(15.5, 4), 'llama3.1:8b', 'qwen2.5-coder:7b', 16_384],
    ['a card of 8 GB', machine(31, 8), 'qwen3.5:9b', 'qwen3.5:9b', 8192],
    ['a card of 16 GB', machine(31, 16), 'qwen2.5-coder:14b', 'qwen2.5-coder:14b', 16_384],
    ['a card of 24 GB', machine(31, 24), 'qwen3-coder:30b', 'qwen3-coder:30b', 16_384],
    ['Apple, 8 GB', machine(8, UNIFIED), 'qwen2.5-coder:7b', 'qwen2.5-coder:7b', 8192],
    ['Apple, 64 GB', machine(64, UNIFIED), 'devstral-small-2:24b', 'qwen3-coder:30b', 16_384],
  ])('%s', (_, on, overseer, coder, context) => {
    const { best, room } = recommendModels({ machine: on, installed: [], contexts: CONTEXTS });
    expect([best.overseer.model, best.coder.model, best.coder.contextTokens]).toEqual([
      overseer,
      coder,
      context,
    ]);
    expect(best.fits).toBe(true);
    expect(best.totalBytes).toBeLessThanOrEqual(room.bytes);
    expect(best.totalBytes).toBeCloseTo(best.memory.reduce((sum, each) => sum + each.totalBytes, 0));
    expect(best.memory).toHaveLength(overseer === coder ? 1 : 2);
  });

  it('says that a machine is too small for any', () => {
    const { best } = recommendModels({ machine: machine(1), installed: [], contexts: CONTEXTS });
    expect(best).toMatchObject({ fits: false, coder: { model: 'qwen2.5-coder:0.5b' } });
    expect(best.because).toContain('too little memory');
  });

  it('never needs more memory for a machine than it has, and is never worse on a larger one', () => {
    let last = 0;
    for (let gib = 3; gib <= 128; gib += 1) {
      const { best, room } = recommendModels({ machine: machine(gib), installed: [], contexts: CONTEXTS });
      expect(best.totalBytes).toBeLessThanOrEqual(room.bytes);
      const skill = CANDIDATES.find(({ name }) => name === best.coder.model)?.coder ?? 0;
      expect(skill).toBeGreaterThanOrEqual(last);
      last = skill;
    }
  });

  it('says what is best without a download, when it is of use', () => {
    const installed = [model('llama3.1:8b', { sizeBytes: 4.9e9 }), model('qwen2.5-coder:7b')];
    const both = recommendModels({ machine: machine(31), installed, contexts: CONTEXTS });
    expect(both.best.coder).toMatchObject({ model: 'qwen3-coder:30b', installed: false });
    expect(both.installed).toMatchObject({
      overseer: { model: 'llama3.1:8b', installed: true },
      coder: { model: 'qwen2.5-coder:7b', installed: true },
    });
    const tiny = [model('qwen2.5-coder:0.5b', { sizeBytes: 0.4e9 })];
    expect(
      recommendModels({ machine: machine(31), installed: tiny, contexts: CONTEXTS }).installed,
    ).toBeUndefined();
    const fitting = recommendModels({ machine: machine(15.5), installed, contexts: CONTEXTS });
    expect(fitting.installed).toBeUndefined();
    expect(fitting.best.overseer.installed && fitting.best.coder.installed).toBe(true);
  });
});

describe('toCandidate', () => {
  it.each([
    ['qwen2.5-coder:7b', 'qwen2.5-coder:7b', 58],
    ['QWEN2.5-coder:7b', 'qwen2.5-coder:7b', 58],
    ['qwen2.5-coder:7b-instruct-q8_0', 'qwen2.5-coder:7b-instruct-q8_0', 58],
    ['qwen/qwen2.5-coder-7b-instruct', 'qwen/qwen2.5-coder-7b-instruct', 58],
    ['Qwen3-Coder-30B-A3B-Instruct-GGUF', 'Qwen3-Coder-30B-A3B-Instruct-GGUF', 85],
  ])('knows %s', (written, name, coder) => {
    expect(toCandidate(model(written))).toMatchObject({ name, coder });
  });

  it('does not take a part of a name for another model', () => {
    expect(toCandidate(model('notmistral:7b'))?.coder).not.toBe(25);
    expect(toCandidate(model('mistral:7bx'))?.coder).not.toBe(25);
  });

  it('believes the server about size, quantisation and cache', () => {
    const own = { sizeBytes: 8e9, quantisation: 'Q8_0', contextTokens: 4096, cacheBytesPerToken: 1000 };
    expect(toCandidate(model('llama3.1:8b', own))).toMatchObject({ ...own, cacheIsEstimate: false });
  });

  it('judges others by their size, and code by its name', () => {
    const coder = toCandidate(model('starcoder2:7b', { parameters: '7.2B' }));
    const writer = toCandidate(model('phi3:mini', { parameters: '494.03M' }));
    expect(coder).toMatchObject({ billions: 7.2, cacheIsEstimate: true });
    expect(writer?.billions).toBeCloseTo(0.494);
    expect(coder!.coder).toBeGreaterThan(coder!.overseer);
    expect(writer!.overseer).toBeGreaterThan(writer!.coder);
  });

  it('leaves out what answers no questions, and what has no size', () => {
    for (const name of ['nomic-embed-text', 'qwen2.5-coder:7b-base-q4_K_M', 'starcoder:base']) {
      expect(toCandidate(model(name))).toBeUndefined();
    }
    expect(toCandidate(model('database:7b'))).toBeDefined();
    expect(toCandidate(model('strange', { sizeBytes: undefined }))).toBeUndefined();
  });
});

describe('findRoom', () => {
  it('says where models run', () => {
    expect(findRoom(machine(16, 24)).where).toBe('graphics');
    expect(findRoom(machine(16, UNIFIED)).because).toBe('67 % of 17.2 GB, which the graphics may use');
    expect(findRoom(machine(64, UNIFIED)).bytes).toBe(48 * GIB);
    expect(findRoom(machine(16, { kind: 'unknown' })).where).toBe('processor');
    expect(findRoom(machine(1)).bytes).toBe(0);
  });

  it('counts cards and memory together for what runs at all', () => {
    expect(findCapacity(machine(16, 10))).toBeCloseTo(16 * GIB - 4e9 + 9 * GIB);
    expect(findCapacity(machine(64, UNIFIED))).toBe(48 * GIB);
  });
});
