import { describe, expect, it } from 'vitest';
import { isolateUser, runNexus } from './run-nexus.js';

describe('the command line', () => {
  it.each([
    [['statu'], "unknown command 'statu'\n(Did you mean status?)", 'nexus --help'],
    [['run', '--plan-onl'], "unknown option '--plan-onl'\n(Did you mean --plan-only?)", 'nexus run --help'],
    [['review'], "missing required argument 'task'", 'nexus review --help'],
    [
      ['status', 'extra'],
      "too many arguments for 'status'. Expected 0 arguments but got 1.",
      'nexus status --help',
    ],
    [
      ['log', 'x', '--exchange', 'two'],
      "option '--exchange <number>' argument 'two' is invalid. It must be a whole number from 1.",
      'nexus log --help',
    ],
    [['models', 'lst'], "unknown command 'lst'\n(Did you mean list?)", 'nexus models --help'],
  ])('%j is refused', async (argv, message, remedy) => {
    const { error, stdout, stderr } = await runNexus(argv);
    expect(error).toMatchObject({ code: 'usage', message, remedy, exitCode: 2 });
    // Told once, by the catch-all.
    expect([stdout, stderr]).toEqual(['', '']);
  });

  it('without a command is the help, and a wrong use', async () => {
    for (const argv of [[], ['models']]) {
      const { exitCode, stderr } = await runNexus(argv);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^Usage: nexus/u);
    }
  });

  it.each([['--help'], ['help'], ['-h']])('%s is the help, and fine', async (flag) => {
    const { exitCode, stdout } = await runNexus([flag]);
    expect(exitCode).toBe(0);
    for (const command of ['run', 'status', 'review', 'init', 'doctor', 'models']) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'mu'));
    }
  });

  it('prints its version', async () => {
    expect(await runNexus(['-V'])).toMatchObject({ exitCode: 0, stdout: '1.2.3\n' });
  });

  it('refuses a folder that is not there', async () => {
    const { error } = await runNexus(['-C', '/no/such/folder', 'status']);
    expect(error).toMatchObject({ code: 'usage', exitCode: 2 });
    expect(error?.message).toMatch(/no.such.folder/u);
  });

  it('every command has a description and lists its flags', async () => {
    isolateUser();
    const { stdout } = await runNexus(['help']);
    const names = [...stdout.matchAll(/^ {2}([a-z]+)(?= )/gmu)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(12);
    for (const name of names.filter((each) => each !== 'help')) {
      const help = await runNexus([name, '--help']);
      expect(help.exitCode).toBe(0);
      // Usage, an empty line, then the description.
      expect(help.stdout.split('\n')[2]).toMatch(/\w/u);
    }
  });
});
