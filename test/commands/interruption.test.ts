import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchInterruption } from '../../src/commands/interruption.js';
import { createFakeTerminal } from '../report/fake-terminal.js';

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

afterEach(() => {
  vi.restoreAllMocks();
  for (const name of NAMES) process.removeAllListeners(name);
});

describe.each(NAMES)('%s', (name) => {
  it('aborts at first, with a reason that says how to go on, and ends the process at the second', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
    const { terminal, stderr } = createFakeTerminal();
    const signal = watchInterruption(terminal);
    expect(signal.aborted).toBe(false);
    process.emit(name);
    expect(signal.reason).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(stderr()).toBe('Stopping; Ctrl-C again stops at once.\n');
    expect(exit).not.toHaveBeenCalled();
    expect(() => process.emit(name)).toThrow('exit 130');
  });
});
