import { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { createPlatform } from '../../src/platform.js';
import { realEffects } from '../../src/platform/effects.js';
import { quoteForCmd } from '../../src/platform/windows-scripts.js';
import { makeFolder, recordedEffects } from './recorded-effects.js';

/** What would be started on this system for a line; `files` are those that are there, with how they begin. */
function started(
  system: NodeJS.Platform,
  line: string,
  {
    cwd = 'C:\\work',
    env = {},
    files = {},
  }: { cwd?: string; env?: object; files?: Record<string, string> } = {},
) {
  const calls: { file: string; args: readonly string[]; options: object }[] = [];
  const { effects } = recordedEffects({
    spawn: (file, args, options) => {
      calls.push({ file, args, options });
      return new ChildProcess();
    },
    readStart: (file) => files[file],
  });
  createPlatform(system, effects).spawnShell(line, { cwd, env: { ...env } });
  return calls[0] ?? { file: '', args: [], options: {} };
}

describe('the shell', () => {
  test.each(['linux', 'darwin'] as const)(
    '%s: sh, with the line as one argument, leading a group',
    (system) => {
      const { file, args, options } = started(system, './a "b" && c');
      expect([file, ...args]).toEqual(['/bin/sh', '-c', './a "b" && c']);
      expect(options).toMatchObject({ detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    },
  );

  test('Windows: cmd without autorun, the line between one pair of quotes that cmd takes off again', () => {
    const { file, args, options } = started('win32', 'npm test -- "a b"');
    expect(file).toBe('C:\\Windows\\System32\\cmd.exe');
    expect(args).toEqual(['/d', '/v:off', '/s', '/c', '"npm test -- "a b""']);
    expect(options).toMatchObject({ detached: false, windowsHide: true, windowsVerbatimArguments: true });
  });

  test('Windows: the shell that the environment names, whatever the case; never one from the current folder', () => {
    expect(started('win32', 'x', { env: { ComSpec: 'D:\\cmd.exe' } }).file).toBe('D:\\cmd.exe');
    expect(started('win32', 'x', { env: { COMSPEC: '', SYSTEMROOT: 'D:\\Win' } }).file).toBe(
      'D:\\Win\\System32\\cmd.exe',
    );
  });

  test('Windows: a folder that is too long is said, not taken for a missing program', () => {
    const cwd = `C:\\${'folder\\'.repeat(40)}`;
    expect(() => started('win32', 'x', { cwd })).toThrow(/258 characters, and this one has 283: C:.*TEMP/);
    expect(started('linux', 'x', { cwd }).file).toBe('/bin/sh');
  });

  test('starts in its folder with its environment, stdin closed, leading a group', async () => {
    const folder = await makeFolder();
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

  test('reads how a file begins, and knows when there is none', async () => {
    const folder = await makeFolder();
    await fs.writeFile(`${folder}/script`, `#!/bin/sh\n${'x'.repeat(1000)}`);
    expect(realEffects.readStart(`${folder}/script`)).toBe(`#!/bin/sh\n${'x'.repeat(246)}`);
    expect(realEffects.readStart(folder)).toBeUndefined();
    expect(realEffects.readStart(`${folder}/missing`)).toBeUndefined();
    expect(realEffects.readStart(`${folder}/script/below`)).toBeUndefined();
  });
});

describe('scripts on Windows', () => {
  const env = {
    Path: '.;C:\\Windows\\System32;"C:\\Program Files\\Git\\cmd";C:\\Users\\me\\WindowsApps;C:\\node',
    ProgramFiles: 'C:\\Program Files',
  };
  const files = {
    'C:\\Windows\\System32\\bash.exe': 'MZ',
    'C:\\Program Files\\Git\\cmd\\git.exe': 'MZ',
    'C:\\Program Files\\Git\\bin\\sh.exe': 'MZ',
    'C:\\Program Files\\Git\\bin\\bash.exe': 'MZ',
    'C:\\Program Files\\Git\\usr\\bin\\perl.exe': 'MZ',
    'C:\\Users\\me\\WindowsApps\\python3.exe': 'MZ',
    'C:\\node\\node.exe': 'MZ',
    'C:\\node\\tsx.cmd': '@ECHO off',
    'C:\\work\\scripts\\test.sh': '#!/bin/sh\r\nexit 0\r\n',
    'C:\\work\\scripts\\test': '#!/usr/bin/env bash\n',
    'C:\\work\\scripts\\my tests': '#! /usr/bin/env node\n',
    'C:\\work\\scripts\\types.ts': '#!/usr/bin/env -S NODE_ENV=test tsx --tsconfig "a&b%PATH%"\n',
    'C:\\work\\scripts\\old.pl': '#!/usr/bin/perl -w\n',
    'C:\\work\\scripts\\check.py': '#!/usr/bin/python3\n',
    'C:\\work\\scripts\\check.rb': '#!/usr/bin/env ruby\n',
    'C:\\work\\scripts\\empty': '#!\n',
    'C:\\work\\scripts\\nothing': '#!/usr/bin/env\n',
    'C:\\work\\scripts\\test.cmd.txt': 'plain',
    'C:\\work\\gradlew': '#!/bin/sh\n',
    'C:\\work\\gradlew.bat': '@rem',
    'C:\\work\\node_modules\\.bin\\vitest': '#!/bin/sh\n',
    'C:\\work\\node_modules\\.bin\\vitest.cmd': '@ECHO off',
  };
  const line = (text: string, more: Record<string, string> = {}): string | undefined =>
    started('win32', text, { env, files: { ...files, ...more } })
      .args.at(-1)
      ?.slice(1, -1);

  test.each([
    ['./scripts/test.sh --fast', '"C:\\Program Files\\Git\\bin\\sh.exe" ./scripts/test.sh --fast'],
    ['scripts/test', '"C:\\Program Files\\Git\\bin\\bash.exe" scripts/test'],
    ['scripts\\test a "b c"', '"C:\\Program Files\\Git\\bin\\bash.exe" scripts/test a "b c"'],
    ['"./scripts/my tests" x', 'C:\\node\\node.exe "./scripts/my tests" x'],
    ['C:/work/scripts/old.pl', '"C:\\Program Files\\Git\\usr\\bin\\perl.exe" -w C:/work/scripts/old.pl'],
    ['./scripts/check.py', 'C:\\Users\\me\\WindowsApps\\python3.exe ./scripts/check.py'],
    [
      'npm run lint && ./scripts/test.sh || scripts/test',
      'npm run lint && "C:\\Program Files\\Git\\bin\\sh.exe" ./scripts/test.sh || "C:\\Program Files\\Git\\bin\\bash.exe" scripts/test',
    ],
    ['(./scripts/test.sh x)', '("C:\\Program Files\\Git\\bin\\sh.exe" ./scripts/test.sh x)'],
  ])('%s gets its interpreter', (written, run) => {
    expect(line(written)).toBe(run);
  });

  test.each([
    ['sh scripts/test.sh', '"C:\\Program Files\\Git\\bin\\sh.exe" scripts/test.sh'],
    ['bash -c "a && b"', '"C:\\Program Files\\Git\\bin\\bash.exe" -c "a && b"'],
  ])('%s uses git’s own shell, not the one of WSL', (written, run) => {
    expect(line(written)).toBe(run);
  });

  test.each([
    ['./gradlew test', '.\\gradlew test'],
    ['node_modules/.bin/vitest run', 'node_modules\\.bin\\vitest run'],
    ['./node_modules/.bin/vitest.cmd run "a%b"', '.\\node_modules\\.bin\\vitest.cmd run "a%b"'],
    ['./scripts/test.cmd.txt', '.\\scripts\\test.cmd.txt'],
    ['./scripts/empty', '.\\scripts\\empty'],
    ['./scripts/nothing', '.\\scripts\\nothing'],
  ])('%s gets backslashes', (written, run) => {
    expect(line(written)).toBe(run);
  });

  test.each([
    'npm test',
    'node ./scripts/test.sh',
    './missing/tool --x',
    'echo ./scripts/test.sh',
    'echo "a && ./scripts/test.sh"',
    'echo ^& ./scripts/test.sh',
    '%TOOLS%/scripts/test.sh',
    './scripts/test.sh>out.txt',
    '',
    'a ^',
  ])('%s is left as it is', (written) => {
    expect(line(written)).toBe(written);
  });

  test('the arguments of a #! line are data, also for a .cmd file', () => {
    expect(line('./scripts/types.ts && echo done')).toBe(
      'C:\\node\\tsx.cmd --tsconfig """a&b%%cd:~,%PATH%%cd:~,%""" ./scripts/types.ts && echo done',
    );
  });

  test('a missing interpreter is named', () => {
    expect(() => line('./scripts/check.rb')).toThrow(
      './scripts/check.rb is a script for ruby, which is not on PATH.',
    );
  });

  test('other names of Python, and the real one before the stand-in', () => {
    const real = { 'C:\\node\\python3.exe': 'MZ' };
    expect(line('./scripts/check.py', real)).toBe('C:\\node\\python3.exe ./scripts/check.py');
    const launcher = { 'C:\\work\\scripts\\check.py': '#!/usr/bin/env python' };
    expect(() => line('./scripts/check.py', launcher)).toThrow('python');
    expect(line('./scripts/check.py', { ...launcher, 'C:\\node\\py.exe': 'MZ' })).toBe(
      'C:\\node\\py.exe ./scripts/check.py',
    );
  });

  test('git beside PATH: by its folder there, or where it installs itself', () => {
    const at = (path: string, file: string, more = {}) =>
      started('win32', 'sh x', { env: { PATH: path, ...more }, files: { [file]: 'MZ' } }).args.at(-1);
    expect(at('D:\\Git\\mingw64\\bin', 'D:\\Git\\usr\\bin\\sh.exe')).toBe('"D:\\Git\\usr\\bin\\sh.exe x"');
    expect(at('D:\\tools\\bin', 'D:\\bin\\sh.exe')).toBe('"sh x"');
    const local = { LocalAppData: 'C:\\Me' };
    expect(at('', 'C:\\Me\\Programs\\Git\\bin\\sh.exe', local)).toBe(
      '"C:\\Me\\Programs\\Git\\bin\\sh.exe x"',
    );
    expect(started('win32', 'sh x').args.at(-1)).toBe('"sh x"');
  });
});

describe('an argument for cmd.exe', () => {
  test.each([
    ['plain-1.0/x', 'plain-1.0/x'],
    ['', '""'],
    ['a b', '"a b"'],
    ['a&calc.exe', '"a&calc.exe"'],
    ['"&calc.exe', '"""&calc.exe"'],
    ['%CMDCMDLINE:~-1%&calc', '"%%cd:~,%CMDCMDLINE:~-1%%cd:~,%&calc"'],
    ['ends in \\ \\', '"ends in \\ \\\\"'],
    ['\\"', '"\\\\"""'],
    ['a=b', '"a=b"'],
    ['a,b;c', '"a,b;c"'],
    ['^|<>()!', '"^|<>()!"'],
  ])('%j', (text, quoted) => {
    expect(quoteForCmd(text)).toBe(quoted);
  });

  test.each(['a\nb', 'a\rb', 'a\0b'])('%j can’t be one', (text) => {
    expect(() => quoteForCmd(text)).toThrow(TypeError);
  });
});
