import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPlatform } from '../../src/platform.js';
import { failure, recordedEffects } from './recorded-effects.js';

const { platform: system } = process;

/** The files of a Linux system; all others are missing. */
function withFiles(files: Record<string, string>, link = 'pid:[1]') {
  return recordedEffects({
    files: {
      readFile: async (file) => {
        const text = files[file];
        if (text === undefined) throw failure('ENOENT');
        return text;
      },
      readlink: async () => link,
    },
  }).effects;
}

const STAT = `42 (a) b (c)) S ${Array.from({ length: 18 }, (_, index) => index).join(' ')} 777 0 0`;
const BOOT = { '/proc/sys/kernel/random/boot_id': 'boot-id\n' };

describe('the start of a process', () => {
  it('Linux: ticks since this boot, whatever the program is called', async () => {
    const linux = createPlatform('linux', withFiles({ ...BOOT, '/proc/42/stat': STAT }));
    expect(await linux.processStart(42)).toBe('boot-id:777');
    expect(await linux.processStart(43)).toBeUndefined();
  });

  it('Linux: one that has ended and is only listed did not begin at any time', async () => {
    const zombie = STAT.replace(')) S', ')) Z');
    const linux = createPlatform('linux', withFiles({ ...BOOT, '/proc/42/stat': zombie }));
    expect(await linux.processStart(42)).toBe('ended');
  });

  it('Linux: without /proc, or with a line that is cut, it is not known', async () => {
    expect(
      await createPlatform('linux', withFiles({ '/proc/42/stat': STAT })).processStart(42),
    ).toBeUndefined();
    const cut = withFiles({ ...BOOT, '/proc/42/stat': '42 (a) S 1 2' });
    expect(await createPlatform('linux', cut).processStart(42)).toBeUndefined();
  });

  it('macOS: what ps says, in no language and time zone', async () => {
    const asked: unknown[] = [];
    let answer: string | undefined = 'Ss   Sun Nov  1 19:26:17 2026    \n';
    const { effects } = recordedEffects({
      output: async (...call) => {
        asked.push(call);
        return answer;
      },
    });
    const mac = createPlatform('darwin', effects);
    expect(await mac.processStart(42)).toBe('Sun Nov 1 19:26:17 2026');
    expect(asked).toEqual([
      ['/bin/ps', ['-o', 'stat=', '-o', 'lstart=', '-p', '42'], { LC_ALL: 'C', TZ: 'UTC' }],
    ]);
    answer = 'Z    Sun Nov  1 19:26:17 2026\n';
    expect(await mac.processStart(42)).toBe('ended');
    for (answer of ['', undefined, '\n', 'S']) expect(await mac.processStart(42)).toBeUndefined();
  });

  it('Windows: what PowerShell says, found where Windows keeps it', async () => {
    let answer: string | undefined = '134082471771234567\r\n';
    const calls: string[] = [];
    const { effects } = recordedEffects({
      env: { SystemRoot: 'D:\\Win' },
      output: async (file, args) => {
        calls.push([file, ...args].join(' '));
        return answer;
      },
    });
    const windows = createPlatform('win32', effects);
    expect(await windows.processStart(42)).toBe('134082471771234567');
    expect(calls).toEqual([
      'D:\\Win\\System32\\WindowsPowerShell\\v1.0\\powershell.exe -NoProfile -NonInteractive -Command ' +
        '(Get-Process -Id 42).StartTime.ToFileTimeUtc()',
    ]);
    for (answer of ['', undefined, 'Get-Process: no such process']) {
      expect(await windows.processStart(42)).toBeUndefined();
    }
    await createPlatform('win32', { ...effects, env: {} }).processStart(42);
    expect(calls.at(-1)).toMatch(/^C:\\Windows\\System32/);
  });

  it('a program that fails to run says nothing', async () => {
    const { effects } = recordedEffects({ output: async () => Promise.reject(failure('EAGAIN')) });
    expect(await createPlatform('darwin', effects).processStart(42)).toBeUndefined();
  });

  it('here: stays the same, and tells two processes apart', async () => {
    const platform = createPlatform();
    const mine = await platform.processStart(process.pid);
    expect(mine).toBeDefined();
    expect(await platform.processStart(process.pid)).toBe(mine);
    expect(await platform.processStart(process.ppid)).not.toBe(mine);
  });

  it.runIf(system === 'linux')('here: ps gives a start, too', async () => {
    const start = await createPlatform('darwin').processStart(process.pid);
    expect(Date.parse(`${start} UTC`)).toBeGreaterThan(Date.now() - 3_600_000);
    expect(Date.parse(`${start} UTC`)).toBeLessThan(Date.now() + 10_000);
    expect(await createPlatform('win32').processStart(process.pid)).toBeUndefined();
  });

  it.runIf(system === 'linux')('here: a zombie has ended', async () => {
    // The shell becomes a program that never asks for its child.
    const parent = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line]: unknown[] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    const beat = async (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 5));
    while ((await readFile(`/proc/${parent.pid}/comm`, 'utf8')) !== 'sleep\n') await beat();
    process.kill(pid, 'SIGKILL');
    const isEnded = async (name: NodeJS.Platform): Promise<boolean> =>
      (await createPlatform(name).processStart(pid)) === 'ended';
    while (!(await isEnded('linux'))) await beat();
    expect(await isEnded('darwin')).toBe(true);
  });
});

describe('where process ids mean something', () => {
  const machine = '0123456789abcdef0123456789abcdef';

  it('Linux: the boot and the namespace; the machine where it has an id', async () => {
    const files = { ...BOOT, '/etc/machine-id': `${machine}\n` };
    expect(await createPlatform('linux', withFiles(files)).pidSpace()).toEqual({
      machine,
      boot: 'boot-id',
      namespace: 'pid:[1]',
    });
    for (const other of [BOOT, { ...BOOT, '/etc/machine-id': 'uninitialized\n' }]) {
      expect(await createPlatform('linux', withFiles(other)).pidSpace()).toMatchObject({
        machine: undefined,
      });
    }
    expect(await createPlatform('linux', withFiles({})).pidSpace()).toBeUndefined();
  });

  it('macOS and Windows do not say', async () => {
    const { effects } = recordedEffects();
    expect(await createPlatform('darwin', effects).pidSpace()).toBeUndefined();
    expect(await createPlatform('win32', effects).pidSpace()).toBeUndefined();
  });
});
