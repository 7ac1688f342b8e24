import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseTestEnvironment, withoutPythons } from './test-environment.js';

describe.skipIf(process.platform === 'win32')('the PATH of tests', () => {
  it('leaves out what is a Python only, and each folder that it has already', () => {
    const top = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-path-')));
    onTestFinished(() => rmSync(top, { recursive: true, force: true }));
    const folders = {
      system: ['git', 'python3'],
      tools: ['make'],
      shims: ['python', 'pip'],
      old: ['python2.7'],
    };
    for (const [folder, programs] of Object.entries(folders)) {
      mkdirSync(join(top, folder));
      for (const program of programs) writeFileSync(join(top, folder, program), '');
    }
    symlinkSync(join(top, 'system'), join(top, 'again'));
    const path = ['shims', 'tools', 'system', 'none', 'again', 'old'].map((name) => join(top, name));
    expect(withoutPythons([...path, 'relative'].join(delimiter))).toBe(
      [join(top, 'tools'), join(top, 'system')].join(delimiter),
    );
  });

  it('can be had whole', () => {
    const whole = process.env['WHOLE_PATH'];
    expect(chooseTestEnvironment(whole)).toMatchObject({ PATH: process.env['PATH'], WHOLE_PATH: whole });
  });
});
