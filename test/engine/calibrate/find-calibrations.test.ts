import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.js';
import { findCalibrations } from '../../../src/engine/calibrate/find-calibrations.js';
import {
  calibrationFolder,
  calibrationKey,
  readCalibration,
  writeCalibration,
} from '../../../src/engine/calibrate/store.js';
import type { Calibration } from '../../../src/engine/calibrate/calibration.js';
import { createCrew, type Crew } from '../../../src/engine/models.js';

const CALIBRATION: Calibration = {
  v: 1,
  basis: 'b',
  nexus: '1',
  measuredAt: '2026-11-23T05:00:00.000Z',
  backend: { kind: 'ollama' },
  model: { name: 'qwen2.5-coder:7b' },
  think: 'off',
  edits: [],
  plans: [],
  context: { configured: 8192, because: '', tried: 500 },
};

/** The crew of the defaults; `digest` stands for what the server says. */
function crewWith(digest: (name: string) => Promise<string | undefined>): Crew & { asked: string[] } {
  const crew = createCrew(parseConfig('').config);
  const asked: string[] = [];
  const backend = Object.assign(crew.backends.coder, {
    digest: async (name: string) => {
      asked.push(name);
      return digest(name);
    },
  });
  return { ...crew, backends: { overseer: backend, coder: backend }, asked };
}

const never = new AbortController().signal;

it('asks no server where nothing was ever measured', async () => {
  const crew = crewWith(async () => 'd');
  const found = await findCalibrations(crew, never);
  expect(found.of(crew.models.coder.current)).toBeUndefined();
  expect(crew.asked).toEqual([]);
});

it('finds by the digest what was measured, not by the name', async () => {
  let content = 'one';
  const crew = crewWith(async (name) => `${name} ${content}`);
  const coder = crew.models.coder.current;
  const { key, digest } = await calibrationKey(crew.backends.coder, coder, never);
  expect(digest).toBe('qwen2.5-coder:7b one');
  await writeCalibration(key, CALIBRATION);
  const found = await findCalibrations(crew, never);
  expect(found.of(coder)).toEqual(CALIBRATION);
  expect(found.of(crew.models.overseer.current)).toBeUndefined();
  content = 'two';
  expect((await findCalibrations(crew, never)).of(coder)).toBeUndefined();
});

it('goes by server and name where nothing tells contents apart, and by how the model thinks', async () => {
  const crew = crewWith(async () => undefined);
  const coder = crew.models.coder.current;
  const keys = await Promise.all(
    [coder, { name: 'other' }, { name: coder.name, thinking: { mode: 'on' as const, maxTokens: 4096 } }].map(
      async (model) => (await calibrationKey(crew.backends.coder, model, never)).key,
    ),
  );
  expect(new Set(keys).size).toBe(3);
});

it('knows nothing when the server cannot be asked, unless that was stopped', async () => {
  await writeCalibration('a'.repeat(64), CALIBRATION);
  const crew = crewWith(async () => {
    throw new Error('no server');
  });
  expect((await findCalibrations(crew, never)).of(crew.models.coder.current)).toBeUndefined();
  const stopped = AbortSignal.abort(new Error('Ctrl-C'));
  await expect(findCalibrations(crew, stopped)).rejects.toThrow('Ctrl-C');
});

it('takes a file that is none of ours for none, with the reason', async () => {
  expect(await readCalibration('b'.repeat(64))).toEqual({ calibration: undefined, problem: undefined });
  await writeCalibration('b'.repeat(64), { ...CALIBRATION, nexus: 'x'.repeat(200) });
  const { calibration, problem } = await readCalibration('b'.repeat(64));
  expect(calibration).toBeUndefined();
  expect(problem).toContain(calibrationFolder());
});
