import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminal } from '../../src/report/terminal.js';
import { createFakeTerminal } from './fake-terminal.js';

const RED = '\u001B[31m';
const CLEAR = '\u001B[2J';

describe('colours', () => {
  it.each([
    [{ tty: true }, true],
    [{ tty: false }, false],
    [{ tty: true, env: { NO_COLOR: '1', TERM: 'xterm' } }, false],
    [{ tty: true, env: { NO_COLOR: '', TERM: 'xterm' } }, true],
    [{ tty: true, env: { TERM: 'dumb' } }, false],
    [{ tty: false, env: { FORCE_COLOR: '1' } }, true],
    [{ tty: true, env: { FORCE_COLOR: '0', TERM: 'xterm' } }, false],
    [{ tty: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
  ])('with %o: %s', (options, wanted) => {
    const { terminal, stdout } = createFakeTerminal(options);
    terminal.out(`${RED}red${CLEAR}`);
    expect(terminal.colours).toBe(wanted);
    expect(stdout()).toBe(wanted ? `${RED}red\n` : 'red\n');
  });
});

describe('what stdout is', () => {
  it.each([
    [{ tty: true }, true],
    [{ tty: true, env: { CI: 'true', TERM: 'xterm' } }, false],
    [{ tty: true, env: { TERM: 'dumb' } }, false],
    [{ tty: false }, false],
  ])('with %o live is %s', (options, live) => {
    expect(createFakeTerminal(options).terminal.live).toBe(live);
  });

  it('has columns and a person only when it is a terminal', () => {
    expect(createFakeTerminal({ tty: true, columns: 33 }).terminal.columns()).toBe(33);
    expect(createFakeTerminal().terminal.columns()).toBeUndefined();
    expect(createFakeTerminal({ tty: true }).terminal.interactive).toBe(true);
    expect(createFakeTerminal().terminal.interactive).toBe(false);
  });
});

it('prints exactly what was kept into a pipe, and cleaned on a terminal', () => {
  const text = `reply${CLEAR}\r\n`;
  const pipe = createFakeTerminal();
  pipe.terminal.verbatim(text);
  expect(pipe.stdout()).toBe(text);
  const tty = createFakeTerminal({ tty: true });
  tty.terminal.verbatim(text);
  expect(tty.stdout()).toBe('reply\n');
});

it('writes errors on stderr, without colours where that is no terminal', async () => {
  const { terminal, stdout, stderr } = createFakeTerminal();
  terminal.err(`${RED}oh${CLEAR}`);
  await terminal.flush();
  expect([stdout(), stderr()]).toEqual(['', 'oh\n']);
});

describe('a reader that has gone', () => {
  const terminalOn = (code: string) => {
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write failed'), { code }));
      },
    });
    const streams = { stdout, stderr: new PassThrough(), stdin: new PassThrough(), env: {} };
    return { stdout, terminal: createTerminal(streams) };
  };

  it('is quiet, now and later', async () => {
    const { stdout, terminal } = terminalOn('EPIPE');
    terminal.out('one');
    await new Promise((resolve) => stdout.once('close', resolve));
    terminal.out('two');
    terminal.verbatim('three');
    await terminal.flush();
    expect(stdout.destroyed).toBe(true);
  });

  it('is no excuse for any other fault', () => {
    const { stdout } = terminalOn('EIO');
    expect(() => stdout.emit('error', Object.assign(new Error('disk'), { code: 'EIO' }))).toThrow('disk');
  });
});

describe('ask', () => {
  it('gives the line that the person wrote', async () => {
    const { terminal, stdin, stdout } = createFakeTerminal({ tty: true });
    const answer = terminal.ask(`Agree?${CLEAR} `, new AbortController().signal);
    stdin.write('yes\n');
    expect(await answer).toBe('yes');
    expect(stdout()).toContain('Agree? ');
    expect(stdout()).not.toContain(CLEAR);
  });

  it('gives nothing when stdin ends', async () => {
    const { terminal, stdin } = createFakeTerminal({ tty: true });
    const answer = terminal.ask('Agree? ', new AbortController().signal);
    stdin.end();
    expect(await answer).toBeUndefined();
  });

  it('ends with the reason of the signal, before and while it waits', async () => {
    const { terminal } = createFakeTerminal({ tty: true });
    const controller = new AbortController();
    const answer = terminal.ask('Agree? ', controller.signal);
    setImmediate(() => controller.abort(new Error('interrupted')));
    await expect(answer).rejects.toThrow('interrupted');
    await expect(terminal.ask('Again? ', controller.signal)).rejects.toThrow('interrupted');
  });
});

it('draws a block in place, cleaned, and gives the cursor back', async () => {
  const { terminal, stdout } = createFakeTerminal({ tty: true });
  const block = await terminal.liveBlock();
  block.update(`first${CLEAR}`);
  block.update('');
  block.update('second');
  block.end();
  expect(stdout()).toContain('first\n');
  expect(stdout()).toContain('second\n');
  expect(stdout()).not.toContain(CLEAR);
});
