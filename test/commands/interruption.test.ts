import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchInterruption } from '../../src/commands/interruption.js';
import { createFakeTerminal } from '../report/fake-terminal.js';

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  for (const name of NAMES) process.removeAllListeners(name);
});

describe.each(NAMES)('%s', (name) => {
  it('stops at first, with a reason that says how to go on, then at once, then the process', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
    const { terminal, stderr } = createFakeTerminal();
    const { signal, abort } = watchInterruption(terminal);
    expect(signal.aborted).toBe(false);
    process.emit(name);
    expect(signal.reason).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(stderr()).toBe('Stopping after the current request; Ctrl-C again stops at once.\n');
    expect(abort.aborted).toBe(false);
    vi.useFakeTimers();
    process.emit(name);
    expect(abort.reason).toBe(signal.reason);
    expect(exit).not.toHaveBeenCalled();
    expect(() => process.emit(name)).toThrow('exit 130');
    // Whatever hangs, the second one ends the process.
    exit.mockClear();
    expect(() => vi.advanceTimersByTime(2_000)).toThrow('exit 130');
  });
});
