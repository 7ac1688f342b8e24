import { describe, expect, test } from 'vitest';
import { NexusError } from '../../../src/errors.js';
import { keyOf, type AgreedReading, type Reading } from '../../../src/tasks/watching/file-reading.js';
import { createFileSettler } from '../../../src/tasks/watching/settle-file.js';
import { systemError } from './fixture.js';

const TIMINGS = { settleMs: 1000, emptyMs: 1500, heldMs: 4000, retryMs: 100, heldLookMs: 3000 };

function agreed(reading: Reading): AgreedReading {
  return { reading, key: keyOf(reading), stamp: 'as ever', agreed: true };
}
const text = (content: string): AgreedReading => agreed({ kind: 'text', text: content });
const missing = agreed({ kind: 'missing' });
const error = (message: string, cause?: unknown): AgreedReading =>
  agreed({ kind: 'unreadable', error: new NexusError({ code: 'x', message, exitCode: 3, cause }) });
const torn: AgreedReading = { ...text('half'), agreed: false };
const held = error('cannot be read: EBUSY', systemError('EBUSY'));

/** Readings at times, and what each of them led to: `tell`, and after how many ms to read again. */
function play(baseline: AgreedReading, steps: readonly [number, AgreedReading][]): string[] {
  const settler = createFileSettler(baseline, TIMINGS);
  return steps.map(([now, read]) => {
    const { tell, again } = settler.take(read, now);
    return again === undefined ? tell : `${tell} ${again}`;
  });
}

describe('when a change of a file counts', () => {
  test('a content that has stayed the same for the whole time is told once', () => {
    expect(
      play(text('a'), [
        [5000, text('b')],
        [5400, text('b')],
        [6000, text('b')],
        [6001, text('b')],
        [9000, text('b')],
      ]),
    ).toEqual(['unsettled 1000', 'nothing 600', 'settled', 'nothing', 'nothing']);
  });

  test('a file that grows never settles in between, however long it takes', () => {
    const growing = Array.from({ length: 20 }, (_, n): [number, AgreedReading] => [
      n * 999,
      text('x'.repeat(n + 1)),
    ]);
    const steps = play(text(''), [...growing, [19 * 999 + 1000, text('x'.repeat(20))]]);
    expect(steps).toEqual(['unsettled 1000', ...Array.from({ length: 19 }, () => 'nothing 1000'), 'settled']);
  });

  test('changing forth and back starts the time anew', () => {
    expect(
      play(text('a'), [
        [0, text('b')],
        [600, text('c')],
        [900, text('b')],
        [1800, text('b')],
        [1900, text('b')],
      ]),
    ).toEqual(['unsettled 1000', 'nothing 1000', 'nothing 1000', 'nothing 100', 'settled']);
  });

  test('so does what was replaced in between, and came back before it was looked at', () => {
    expect(
      play(text('a'), [
        [0, text('b')],
        [900, { ...text('b'), stamp: 'later' }],
        [1900, { ...text('b'), stamp: 'later' }],
      ]),
    ).toEqual(['unsettled 1000', 'nothing 1000', 'settled']);
  });

  test('a change that was taken back calms down', () => {
    expect(
      play(text('a'), [
        [0, text('b')],
        [500, text('a')],
        [600, text('a')],
      ]),
    ).toEqual(['unsettled 1000', 'calm', 'nothing']);
  });

  test('what is being written right now starts the time anew, also when it ends as it was', () => {
    expect(
      play(text('a'), [
        [0, torn],
        [100, torn],
        [200, text('b')],
        [1100, torn],
        [1200, text('b')],
        [2200, text('b')],
        [3000, torn],
        [3100, text('b')],
      ]),
    ).toEqual([
      'unsettled 100',
      'nothing 100',
      'nothing 1000',
      'nothing 100',
      'nothing 1000',
      'settled',
      'unsettled 100',
      'calm',
    ]);
  });

  test('no file, or an empty one, has to stay longer', () => {
    expect(
      play(text('a'), [
        [0, missing],
        [1400, missing],
        [1500, missing],
        [2000, text('')],
        [3000, text('')],
        [3500, text('')],
        [4000, text('a')],
        [5000, text('a')],
      ]),
    ).toEqual([
      'unsettled 100',
      'nothing 100',
      'settled',
      'unsettled 1500',
      'nothing 500',
      'settled',
      'unsettled 1000',
      'settled',
    ]);
  });
});

describe('errors', () => {
  test('a file that another program holds for a moment is tried again and not told', () => {
    expect(
      play(text('a'), [
        [0, held],
        [3900, held],
        [3950, text('a')],
      ]),
    ).toEqual(['unsettled 100', 'nothing 100', 'calm']);
  });

  test('held for long it is told, and looked at still, since nothing tells that it is free again', () => {
    expect(
      play(text('a'), [
        [0, held],
        [4000, held],
        [7000, held],
      ]),
    ).toEqual(['unsettled 100', 'settled 3000', 'nothing 3000']);
  });

  test('an error that comes and goes is told once for a content', () => {
    const folder = error('is a folder');
    expect(
      play(text('a'), [
        [0, folder],
        [1000, folder],
        [2000, text('a')],
        [3000, text('a')],
        [4000, folder],
        [5000, text('a')],
        [6000, text('b')],
        [7000, text('b')],
        [8000, folder],
        [9000, folder],
      ]),
    ).toEqual([
      'unsettled 100',
      'settled',
      'unsettled 1000',
      'settled',
      'nothing',
      'nothing',
      'unsettled 1000',
      'settled',
      'unsettled 100',
      'settled',
    ]);
  });

  test('another error of the same content is told', () => {
    expect(
      play(error('is a folder'), [
        [0, error('is a folder')],
        [1, error('is not UTF-8 text')],
        [1001, error('is not UTF-8 text')],
        [1002, text('a')],
        [2002, text('a')],
      ]),
    ).toEqual(['nothing', 'unsettled 100', 'settled', 'unsettled 1000', 'settled']);
  });
});

describe('what Nexus wrote itself', () => {
  test('is told as no change, but is one when a person writes it later', () => {
    const settler = createFileSettler(text('a'), TIMINGS);
    const tells = (read: AgreedReading, now: number): string => settler.take(read, now).tell;
    settler.expect('a', 'a # done');
    expect(tells(text('a'), 0)).toBe('nothing');
    expect(tells(text('a # done'), 10)).toBe('nothing');
    expect([tells(text('b'), 20), tells(text('b'), 1020)]).toEqual(['unsettled', 'settled']);
    expect([tells(text('a # done'), 1030), tells(text('a # done'), 2030)]).toEqual(['unsettled', 'settled']);
  });

  test('is told when it holds a change of the user that had not settled', () => {
    const settler = createFileSettler(text('a'), TIMINGS);
    const tells = (read: AgreedReading, now: number): string => settler.take(read, now).tell;
    expect(tells(text('b'), 0)).toBe('unsettled');
    settler.expect('b', 'b # done');
    expect([tells(text('b # done'), 10), tells(text('b # done'), 1010)]).toEqual(['nothing', 'settled']);
  });

  test('ends a change of the user that was taken back by it', () => {
    const settler = createFileSettler(text('a'), TIMINGS);
    expect(settler.take(text('b'), 0).tell).toBe('unsettled');
    settler.expect('a', 'a # done');
    expect(settler.take(text('a # done'), 10).tell).toBe('calm');
    expect(settler.take(text('a'), 20).tell).toBe('unsettled');
  });
});

test('line ends and a byte order mark make no other content, anything else does', () => {
  const key = (content: string): string => keyOf({ kind: 'text', text: content });
  expect(key('\uFEFFa\r\nb\r\n')).toBe(key('a\nb\n'));
  expect(new Set(['a\nb\n', 'a\nb', 'a\n\nb\n', 'a\rb\n', 'a\n\uFEFFb\n', ''].map(key)).size).toBe(6);
});
