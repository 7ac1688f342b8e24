import { describe, expect, it } from 'vitest';
import { renderBar } from '../../src/commands/models-pull.js';
import { createPace } from '../../src/commands/pull-pace.js';
import { EXIT, NexusError } from '../../src/errors.js';
import { createProject, runNexus, startServer } from './run-nexus.js';

describe('createPace', () => {
  /** The pace after each of these moments, in seconds and bytes of 1000. */
  function follow(...moments: [seconds: number, bytes: number][]) {
    let at = 0;
    const paceOf = createPace(() => at);
    return moments.map(([seconds, bytes]) => {
      at = seconds * 1000;
      return paceOf({ status: 'pulling', completedBytes: bytes, totalBytes: 1000 });
    });
  }

  it('says nothing before there is a basis', () => {
    expect(follow([0, 0], [1, 100], [1.9, 190])).toEqual([undefined, undefined, undefined]);
    expect(follow([0, 100], [5, 100]).at(-1)).toBeUndefined();
    expect(
      createPace(() => 0)({ status: 'manifest', completedBytes: undefined, totalBytes: undefined }),
    ).toBeUndefined();
  });

  it('does not count what was there before', () => {
    expect(follow([0, 600], [2, 800]).at(-1)).toEqual({ bytesPerSecond: 100, secondsLeft: 2 });
  });

  it('follows a line that became slower', () => {
    expect(follow([0, 0], [10, 500], [20, 520], [30, 540]).at(-1)?.bytesPerSecond).toBe(2);
  });

  it('starts anew when a part does', () => {
    expect(follow([0, 500], [5, 100], [6, 150]).at(-1)).toBeUndefined();
    expect(follow([0, 500], [5, 100], [10, 200]).at(-1)).toEqual({ bytesPerSecond: 20, secondsLeft: 40 });
  });
});

describe('renderBar', () => {
  it('shows speed and time left while there is something left', () => {
    const progress = { status: 'pulling', completedBytes: 2e9, totalBytes: 4e9 };
    const pace = { bytesPerSecond: 20e6, secondsLeft: 100 };
    expect(renderBar('a:7b', progress, { pace })).toBe(
      'a:7b [############............]  50 % of 4.0 GB · 20.0 MB/s · 1 min 40 s left',
    );
    expect(renderBar('a:7b', { ...progress, completedBytes: 4e9 }, { pace })).toMatch(/of 4\.0 GB$/u);
  });

  it('keeps the figures, and makes the bar shorter, where there is little room', () => {
    const progress = { status: 'pulling', completedBytes: 2e9, totalBytes: 4e9 };
    const pace = { bytesPerSecond: 20e6, secondsLeft: 100 };
    const line = renderBar('qwen2.5-coder:7b', progress, { pace, columns: 79 });
    expect(line).toHaveLength(79);
    expect(line).toMatch(/ 1 min 40 s left$/u);
    expect(renderBar('qwen2.5-coder:7b', progress, { pace, columns: 20 })).toContain('[###...]');
  });
});

it('says after Ctrl-C that the download goes on where it was', async () => {
  const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
  const stop = new AbortController();
  await startServer({
    override: (request, response) => {
      if (request.url !== '/api/pull') return false;
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(
        `${JSON.stringify({ status: 'pulling 01', digest: 'sha256:01', total: 1000, completed: 370 })}\n`,
      );
      setTimeout(
        () => stop.abort(new NexusError({ code: 'interrupted', message: '', exitCode: EXIT.interrupted })),
        50,
      );
      return true;
    },
  });
  const { error } = await runNexus(['models', 'pull', 'a:7b'], { cwd: path, signal: stop.signal });
  expect(error).toMatchObject({
    code: 'interrupted',
    exitCode: 130,
    message: expect.stringMatching(
      /^The download of a:7b was interrupted(?: at 37 %)?; what came is kept\.$/u,
    ),
    remedy: 'nexus models pull a:7b goes on from there.',
  });
});
