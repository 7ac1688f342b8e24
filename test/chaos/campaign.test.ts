import { describe, expect, it } from 'vitest';
import { PROJECT } from '../e2e/spawn-nexus.js';
import { runCampaign } from './campaign.js';

/** A small campaign; `npm run chaos` is the large one. Killed processes are looked for in Linux's /proc. */
describe.skipIf(process.platform === 'win32')('a run that is killed', () => {
  it('20 times comes to the end of an undisturbed one, and leaves nothing behind', async () => {
    const figures = await runCampaign({
      project: PROJECT,
      kills: 20,
      seed: 4,
      command: 'run',
      tasks: ['greet'],
      chain: [15, 15],
      lanes: 2,
    });
    expect(figures.kills).toBe(20);
    expect(figures.resumedRuns).toBeGreaterThan(6);
    // Some twenty processes, one after the other: on a busy machine a time limit must not be what fails.
  }, 600_000);
});
