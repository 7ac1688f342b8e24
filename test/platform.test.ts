import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  createPlatform,
  findPathCollisions,
  pathKey,
  windowsPathProblem,
  type PlatformEffects,
} from '../src/platform.js';

let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'nexus-platform-'));
});
afterEach(async () => {
  await fs.rm(folder, { recursive: true, force: true });
});

const inFolder = (...names: string[]): string => path.join(folder, ...names);

/** Effects that only note what was asked of them; the file system is real. */
function recordedEffects(change: Partial<PlatformEffects> & { files?: Partial<PlatformEffects['fs']> } = {}) {
  const calls: string[] = [];
  const effects: PlatformEffects = {
    kill: (pid, signal) => void calls.push(`kill ${pid} ${signal}`),
    run: async (file, args) => void calls.push(`run ${[file, ...args].join(' ')}`),
    runSync: (file, args) => void calls.push(`runSync ${[file, ...args].join(' ')}`),
    wait: async (ms) => void calls.push(`wait ${ms}`),
    ...change,
    fs: { ...fs, ...change.files },
  };
  return { calls, effects };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('shell', () => {
  test('POSIX: sh, with the line as one argument', () => {
    expect(createPlatform('linux').shellCommand('a "b" && c')).toEqual({
      file: '/bin/sh',
      args: ['-c', 'a "b" && c'],
      verbatim: false,
    });
    expect(createPlatform('darwin').shellCommand('x').file).toBe('/bin/sh');
  });

  test('Windows: cmd without autorun, the line between one pair of quotes that cmd takes off again', () => {
    const windows = createPlatform('win32');
    const shell = { args: ['/d', '/s', '/c', '"npm test -- "a b""'], verbatim: true };
    expect(windows.shellCommand('npm test -- "a b"', {})).toEqual({ file: 'cmd.exe', ...shell });
    const env = { ComSpec: 'C:\\Windows\\system32\\cmd.exe' };
    expect(windows.shellCommand('npm test -- "a b"', env)).toEqual({ file: env.ComSpec, ...shell });
    expect(windows.shellCommand('x', { COMSPEC: '' }).file).toBe('cmd.exe');
    expect(windows.shellCommand('x').args).toEqual(['/d', '/s', '/c', '"x"']);
  });

  test('starts in its folder with its environment, stdin closed, leading a group', async () => {
    const child = createPlatform().spawnShell('cat; echo $MINE; pwd; ps -o pgid= -p $$; echo $$', {
      cwd: folder,
      env: { MINE: 'yes', PATH: process.env['PATH'] },
    });
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child, 'close');
    const [mine, cwd, group, pid] = text.split('\n').map((line) => line.trim());
    expect([mine, cwd, group]).toEqual(['yes', await fs.realpath(folder), pid]);
  });
});

describe('ending a process tree', () => {
  test('POSIX: the group is asked, and forced when it has not gone in time', async () => {
    const { calls, effects } = recordedEffects();
    await createPlatform('linux', effects).killTree(42, 50);
    expect(calls).toEqual([
      'kill -42 SIGTERM',
      'wait 20',
      'kill -42 0',
      'wait 20',
      'kill -42 0',
      'wait 20',
      'kill -42 0',
      'kill -42 SIGKILL',
    ]);
  });

  test('POSIX: no force for a group that goes', async () => {
    const asked: string[] = [];
    const { effects } = recordedEffects({
      kill: (pid, signal) => {
        asked.push(`${pid} ${signal}`);
        // macOS says EPERM when only zombies are left.
        if (signal === 0) throw failure('EPERM');
      },
    });
    await createPlatform('darwin', effects).killTree(42, 1000);
    expect(asked).toEqual(['-42 SIGTERM', '-42 0']);
  });

  test('POSIX: a group that is gone already is fine', async () => {
    const { calls, effects } = recordedEffects({
      kill: () => {
        throw failure('ESRCH');
      },
    });
    await createPlatform('linux', effects).killTree(42, 1000);
    createPlatform('linux', effects).killTreeNow(42);
    expect(calls).toEqual([]);
  });

  test('Windows: taskkill with the whole tree', async () => {
    const { calls, effects } = recordedEffects();
    const windows = createPlatform('win32', effects);
    await windows.killTree(42, 1000);
    windows.killTreeNow(43);
    expect(calls).toEqual(['run taskkill /PID 42 /T /F', 'runSync taskkill /PID 43 /T /F']);
  });

  test('at once: by force', () => {
    const { calls, effects } = recordedEffects();
    createPlatform('linux', effects).killTreeNow(42);
    expect(calls).toEqual(['kill -42 SIGKILL']);
  });

  test('with the real effects: a missing taskkill does no harm', async () => {
    const windows = createPlatform('win32');
    await expect(windows.killTree(2 ** 30, 10)).resolves.toBeUndefined();
    expect(() => windows.killTreeNow(2 ** 30)).not.toThrow();
  });

  test('with the real effects: a group that ignores the question', async () => {
    const platform = createPlatform();
    const child = platform.spawnShell("trap '' TERM; echo up; while :; do sleep 0.05; done", {
      cwd: folder,
      env: process.env,
    });
    if (child.stdout) await once(child.stdout, 'data');
    const exit = once(child, 'exit');
    await platform.killTree(child.pid ?? 0, 60);
    expect(await exit).toEqual([null, 'SIGKILL']);
  });
});

describe('links', () => {
  beforeEach(async () => {
    await fs.mkdir(inFolder('target'));
    await fs.writeFile(inFolder('file'), 'text');
  });

  test('POSIX: symbolic links for both', async () => {
    const platform = createPlatform('darwin', recordedEffects().effects);
    await platform.linkEntry(inFolder('target'), inFolder('a'));
    await platform.linkEntry(inFolder('file'), inFolder('b'));
    expect(await fs.readlink(inFolder('a'))).toBe(inFolder('target'));
    expect(await fs.readlink(inFolder('b'))).toBe(inFolder('file'));
  });

  test('Windows: a junction for a folder, a copy of a file', async () => {
    const made: string[] = [];
    const symlink: typeof fs.symlink = async (target, link, type) =>
      void made.push(`${String(target)} ${String(link)} ${String(type)}`);
    const windows = createPlatform('win32', recordedEffects({ files: { symlink } }).effects);
    await windows.linkEntry(inFolder('target'), inFolder('a'));
    expect(made).toEqual([`${inFolder('target')} ${inFolder('a')} junction`]);
    await windows.linkEntry(inFolder('file'), inFolder('b'));
    await fs.writeFile(inFolder('b'), 'changed');
    expect(await fs.readFile(inFolder('file'), 'utf8')).toBe('text');
  });
});

describe('removing a tree', () => {
  test('removes links and leaves what they lead to', async () => {
    await fs.mkdir(inFolder('kept', 'deep'), { recursive: true });
    await fs.writeFile(inFolder('kept', 'deep', 'file'), 'text');
    await fs.mkdir(inFolder('tree', 'a', 'b'), { recursive: true });
    await fs.writeFile(inFolder('tree', 'a', 'b', 'c'), '');
    await fs.symlink(inFolder('kept'), inFolder('tree', 'a', 'folder-link'));
    await fs.symlink(inFolder('kept', 'deep', 'file'), inFolder('tree', 'file-link'));
    await fs.symlink(inFolder('nowhere'), inFolder('tree', 'broken-link'));
    await createPlatform().removeTree(inFolder('tree'));
    expect(await fs.readdir(folder)).toEqual(['kept']);
    expect(await fs.readFile(inFolder('kept', 'deep', 'file'), 'utf8')).toBe('text');
  });

  test('of a link removes only the link; of a file the file; of nothing does nothing', async () => {
    await fs.mkdir(inFolder('kept'));
    await fs.symlink(inFolder('kept'), inFolder('link'));
    await fs.writeFile(inFolder('file'), '');
    const platform = createPlatform();
    for (const name of ['link', 'file', 'missing']) await platform.removeTree(inFolder(name));
    expect(await fs.readdir(folder)).toEqual(['kept']);
  });

  test.each(['EBUSY', 'EPERM', 'ENOTEMPTY'])('tries again after %s', async (code) => {
    await fs.mkdir(inFolder('tree'));
    let failures = 3;
    const rmdir: typeof fs.rmdir = async (target) => {
      failures -= 1;
      if (failures >= 0) throw failure(code);
      await fs.rmdir(target);
    };
    const { calls, effects } = recordedEffects({ files: { rmdir } });
    await createPlatform('win32', effects).removeTree(inFolder('tree'));
    expect(calls).toEqual(['wait 50', 'wait 100', 'wait 150']);
    expect(await fs.readdir(folder)).toEqual([]);
  });

  test('gives up in the end, and at once for what will not pass', async () => {
    await fs.mkdir(inFolder('tree'));
    const refusing = (code: string) => {
      const rmdir = async (): Promise<void> => {
        throw failure(code);
      };
      return recordedEffects({ files: { rmdir } });
    };
    const busy = refusing('EBUSY');
    await expect(createPlatform('win32', busy.effects).removeTree(inFolder('tree'))).rejects.toThrow('EBUSY');
    expect(busy.calls).toHaveLength(8);
    const broken = refusing('EIO');
    await expect(createPlatform('win32', broken.effects).removeTree(inFolder('tree'))).rejects.toThrow('EIO');
    expect(broken.calls).toEqual([]);
  });

  test('opens folders that are read-only, as those of module caches are', async () => {
    await fs.mkdir(inFolder('tree', 'locked'), { recursive: true });
    await fs.writeFile(inFolder('tree', 'locked', 'file'), '');
    const opened: string[] = [];
    // Root may do everything, so the refusal is played.
    const chmod: typeof fs.chmod = async (target) => void opened.push(String(target));
    const unlink: typeof fs.unlink = async (target) => {
      if (opened.length === 0) throw failure('EACCES');
      await fs.unlink(target);
    };
    const { effects } = recordedEffects({ files: { chmod, unlink } });
    await createPlatform('linux', effects).removeTree(inFolder('tree'));
    expect(opened).toEqual([inFolder('tree', 'locked')]);
    expect(await fs.readdir(folder)).toEqual([]);
  });
});

test('long paths: prefixed on Windows only, and only when they are long', () => {
  const windows = createPlatform('win32');
  const long = `C:\\${'folder\\'.repeat(40)}file.txt`;
  expect(windows.longPath(long)).toBe(`\\\\?\\${long}`);
  expect(windows.longPath(long.replaceAll('\\', '/'))).toBe(`\\\\?\\${long}`);
  expect(windows.longPath(`\\\\host\\share\\${long.slice(3)}`)).toBe(
    `\\\\?\\UNC\\host\\share\\${long.slice(3)}`,
  );
  expect(windows.longPath('C:\\short')).toBe('C:\\short');
  expect(createPlatform('linux').longPath(`/${'a/'.repeat(300)}`)).toBe(`/${'a/'.repeat(300)}`);
});

describe('paths that are one file elsewhere', () => {
  test.each([
    ['src/Main.ts', 'SRC/main.TS'],
    ['caf\u00E9.md', 'cafe\u0301.md'],
    ['Ärger', 'ärger'],
    ['ΣΟΦΟΣ', 'σοφος'],
    ['σοφοσ', 'σοφος'],
  ])('%s and %s', (a, b) => {
    expect(pathKey(a)).toBe(pathKey(b));
  });

  test.each([
    ['straße', 'strasse'],
    ['a', 'á'],
    ['a/b', 'a-b'],
    ['ﬁle', 'file'],
  ])('not %s and %s', (a, b) => {
    expect(pathKey(a)).not.toBe(pathKey(b));
  });

  test('collisions are found for files and folders', () => {
    expect(findPathCollisions(['a/b', 'a/c', 'd', 'README.md'])).toEqual([]);
    expect(findPathCollisions(['README.md', 'x', 'Readme.md', 'readme.MD'])).toEqual([
      ['README.md', 'Readme.md', 'readme.MD'],
    ]);
    expect(findPathCollisions(['Docs/a', 'docs/b', 'docs/c'])).toEqual([['Docs', 'docs']]);
    expect(findPathCollisions(['Docs', 'docs/b'])).toEqual([['Docs', 'docs']]);
    expect(findPathCollisions(['same', 'same'])).toEqual([]);
  });

  test('100,000 paths take no time to speak of', () => {
    const paths = Array.from(
      { length: 100_000 },
      (_, at) => `packages/p${at % 500}/src/dir${at % 7}/file${at}.ts`,
    );
    const started = performance.now();
    expect(findPathCollisions(paths)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('names that Windows does not take', () => {
  test.each([
    ['nul', 'device'],
    ['src/CON.ts', 'device'],
    ['Com1', 'device'],
    ['lpt²', 'device'],
    ['aux .txt', 'device'],
    ['CONIN$', 'device'],
    ['a:b', '":"'],
    ['what?', '"?"'],
    ['back\\slash', '"\\\\"'],
    ['tab\tname', '"\\t"'],
    ['src/name.', 'dot or a space'],
    ['trailing /x', 'dot or a space'],
  ])('%s', (name, reason) => {
    expect(windowsPathProblem(name)).toContain(reason);
  });

  test.each(['console.ts', 'com10', 'null', 'src/nul-check.ts', '.gitignore', 'a b/ä.txt', 'lpt'])(
    '%s is fine',
    (name) => {
      expect(windowsPathProblem(name)).toBeUndefined();
    },
  );
});
