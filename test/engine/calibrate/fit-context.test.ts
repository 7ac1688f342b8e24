import { describe, expect, it } from 'vitest';
import { findContextFacts, type FitInput } from '../../../src/engine/calibrate/fit-context.js';

const GB = 1e9;

function facts(more: Partial<FitInput> = {}) {
  return findContextFacts({
    installed: {
      name: 'm:7b',
      digest: undefined,
      sizeBytes: 5 * GB,
      parameters: '7B',
      quantisation: 'Q4_K_M',
      contextTokens: 32_768,
      cacheBytesPerToken: 100_000,
      loaded: { contextTokens: 8192, sizeBytes: undefined, gpuShare: 0.25 },
    },
    configured: 16_384,
    machine: { ramBytes: 10 * GB, graphics: { kind: 'none' } },
    isHere: true,
    tried: 900,
    ...more,
  });
}

describe('the context that fits', () => {
  it('is what memory holds beside weights and work', () => {
    // 10 GB less 2.5 for the system, 5 for the weights, 0.4 for the work: 2.1 GB.
    expect(facts()).toEqual({
      configured: 16_384,
      trained: 32_768,
      fits: 20_992,
      because: 'memory is enough for 20992 tokens beside the weights',
      loaded: 8192,
      gpuShare: 0.25,
      tried: 900,
    });
  });

  it('is never more than the model was made for', () => {
    const { fits, because } = facts({ machine: { ramBytes: 64 * GB, graphics: { kind: 'none' } } });
    expect(fits).toBe(32_768);
    expect(because).toBe('memory is enough for all that it was made for');
  });

  it('is at least what was tried', () => {
    expect(facts({ tried: 30_000 }).fits).toBe(30_000);
  });

  it('is unknown where nothing can be told, with the reason', () => {
    const small = facts({ machine: { ramBytes: 4 * GB, graphics: { kind: 'none' } } });
    expect(small).toMatchObject({
      fits: 32_768,
      because: expect.stringContaining('it answered all the same'),
    });
    expect(facts({ isHere: false }).because).toContain('another machine');
    const unknown = facts({ installed: undefined });
    expect(unknown.fits).toBeUndefined();
    expect(unknown.because).toContain('does not tell how large');
  });
});
