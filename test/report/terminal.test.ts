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

  it('has a size and a person only when it is a terminal', () => {
    const { terminal } = createFakeTerminal({ tty: true, columns: 33 });
    expect([terminal.columns(), terminal.rows()]).toEqual([33, 24]);
    // Serial lines and some containers say 0.
    expect(createFakeTerminal({ tty: true, columns: 0 }).terminal.columns()).toBeUndefined();
    expect(createFakeTerminal().terminal.columns()).toBeUndefined();
    expect(createFakeTerminal().terminal.rows()).toBeUndefined();
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
  const terminalOn = (code: string, isTTY = false) => {
    const written: string[] = [];
    const create = (): Writable =>
      Object.assign(
        new Writable({
          write(chunk: Buffer, _encoding, done) {
            written.push(chunk.toString());
            done(Object.assign(new Error('write failed'), { code }));
          },
        }),
        isTTY ? { isTTY, columns: 80, rows: 24 } : {},
      );
    const [stdout, stderr] = [create(), create()];
    const streams = { stdout, stderr, stdin: new PassThrough(), env: { NO_COLOR: '1' } };
    return { stdout, stderr, written, terminal: createTerminal(streams) };
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

  it.each(['EIO', 'ENXIO', 'EPIPE'])('is quiet when the terminal was closed: %s', async (code) => {
    const { stdout, stderr, written, terminal } = terminalOn(code, true);
    const block = await terminal.liveBlock();
    block.update('working');
    await new Promise((resolve) => stdout.once('close', resolve));
    terminal.err('Stopping.');
    await new Promise((resolve) => stderr.once('close', resolve));
    const before = written.length;
    for (const text of ['more', 'and more', '']) block.update(text);
    terminal.out('a line');
    terminal.err('an error');
    block.end();
    await terminal.flush();
    // One try each is enough to know.
    expect(written).toHaveLength(before);
    expect(before).toBe(2);
  });

  it('is no excuse for any other fault', () => {
    const { stdout } = terminalOn('EIO');
    expect(() => stdout.emit('error', Object.assign(new Error('disk'), { code: 'EIO' }))).toThrow('disk');
    const { stdout: terminal } = terminalOn('EIO', true);
    expect(() => terminal.emit('error', new Error('a defect'))).toThrow('a defect');
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

it('prints errors above the block only where both are on the terminal', async () => {
  const both = createFakeTerminal({ tty: true });
  const block = await both.terminal.liveBlock();
  block.update('working');
  const before = both.stdout().length;
  both.terminal.err('Stopping.');
  expect(both.stderr()).toBe('Stopping.\n');
  // Taken away and drawn again.
  expect(both.stdout().slice(before)).toMatch(/^\p{Cc}\[2K.*working\n$/su);
  block.end();
  const ended = both.stdout().length;
  both.terminal.err('Later.');
  expect(both.stdout()).toHaveLength(ended);
});

it('draws a block on a terminal that does not say how large it is', async () => {
  const { terminal, stdout } = createFakeTerminal({ tty: true, columns: 0 });
  (await terminal.liveBlock()).update('x'.repeat(79));
  expect(stdout()).toContain(`${'x'.repeat(79)}\n`);
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
