import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, integer, property, string } from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  addBlock,
  blockProblem,
  findBlock,
  removeBlock,
  renderBlock,
  renderHookFile,
} from '../../../src/repository/hooks/hook-block.js';

const USERS = '#!/bin/sh\n# mine\necho hi\n';

describe('our lines in a text', () => {
  it('stand right behind the first line, and are found there', () => {
    const added = addBlock(USERS, 'post-commit');
    expect(added).toBe(`#!/bin/sh\n${renderBlock('post-commit', false)}# mine\necho hi\n`);
    expect(findBlock(added)).toMatchObject({ kind: 'one', start: 10, made: false });
    expect(findBlock(USERS)).toEqual({ kind: 'none' });
  });

  it('come out again without a trace, whatever else the file holds', () => {
    const bytes = string({
      unit: integer({ min: 0, max: 255 }).map((code) => String.fromCodePoint(code)),
    });
    assert(
      property(bytes, (rest) => {
        const content = `#!/bin/sh\n${rest}`;
        expect(removeBlock(addBlock(content, 'post-merge'))).toBe(content);
      }),
    );
  });

  it('come out although the user has written around them', () => {
    const edited = `${addBlock(USERS, 'post-commit').replace('#!/bin/sh\n', '#!/bin/sh\nset -e\n')}exit 3`;
    expect(removeBlock(edited)).toBe('#!/bin/sh\nset -e\n# mine\necho hi\nexit 3');
    const [shebang, ...rest] = addBlock(USERS, 'post-commit').trimEnd().split('\n');
    // Moved to the end, without a last line end.
    const moved = [shebang, ...rest.slice(-2), ...rest.slice(0, -2)].join('\n');
    expect(removeBlock(moved)).toBe(USERS);
  });

  it('are put in anew where older ones were', () => {
    const older = addBlock(USERS, 'post-commit').replace('</dev/null || :', '');
    expect(addBlock(older, 'post-commit')).toBe(addBlock(USERS, 'post-commit'));
    expect(addBlock(addBlock(USERS, 'post-commit'), 'post-commit')).toBe(addBlock(USERS, 'post-commit'));
  });

  it('leave nothing of a file that they made, and the rest when the user has added to it', () => {
    const made = renderHookFile('post-commit');
    expect(removeBlock(made)).toBeUndefined();
    expect(addBlock(made, 'post-commit')).toBe(made);
    expect(removeBlock(`${made}echo mine\n`)).toBe('#!/bin/sh\necho mine\n');
    // An empty hook of the user's stays one.
    expect(removeBlock(addBlock('#!/bin/sh\n', 'post-commit'))).toBe('#!/bin/sh\n');
  });

  it.each([
    ['without an end', (text: string) => text.replace(/^# <<<.*\n/m, '')],
    ['without a beginning', (text: string) => text.replace(/^# >>>.*\n/m, '')],
    ['twice', (text: string) => text + text],
    ['upside down', (text: string) => text.split('\n').toReversed().join('\n')],
  ])('%s are damaged, and are left alone', (_, damage) => {
    const content = `#!/bin/sh\n${damage(renderBlock('post-commit', false))}`;
    expect(findBlock(content)).toEqual({ kind: 'damaged' });
    expect(removeBlock(content)).toBe(content);
    expect(blockProblem(content)).toMatch(/have been changed/);
  });
});

describe('files that our lines fit into', () => {
  it.each([
    '#!/bin/sh\n',
    '#! /bin/sh -e\n',
    '#!/bin/bash\necho\n',
    '#!/usr/bin/env bash\n',
    '#!/usr/bin/env -S bash -eu\n',
    '#!/usr/local/bin/zsh\n',
    '#!/bin/dash\n',
  ])('%j', (content) => expect(blockProblem(content)).toBeUndefined());

  it.each([
    ['#!/usr/bin/env python3\n', /not a shell script \(#!\/usr\/bin\/env python3\)/],
    ['#!/usr/bin/fish\n', /not a shell script/],
    ['#!/usr/bin/env node\n', /not a shell script/],
    ['#!/bin/\u00e9sh\u001b[2J\n', /not a shell script \(#!\/bin\/\?sh\?\[2J\)/],
    ['#!/bin/sh', /not a shell script/],
    ['#!/bin/sh\r\necho\r\n', /CRLF/],
    ['\u007fELF\0\0', /binary/],
    ['echo hi\n', /does not begin with #!/],
    ['', /does not begin with #!/],
  ])('not %j', (content, problem) => expect(blockProblem(content)).toMatch(problem));
});

const shells = ['sh', 'dash', 'bash', 'zsh', 'ksh'].filter(
  (shell) => spawnSync(shell, ['-c', ':']).status === 0,
);

describe.each(shells)('in a hook that %s runs', (shell) => {
  const run = (
    body: string,
    ours = 'cat; false\n',
  ): { stdout: string; stderr: string; status: number | null } => {
    const folder = mkdtempSync(join(tmpdir(), 'nexus-block-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const name of ['hooks', 'nexus']) mkdirSync(join(folder, name));
    if (ours !== '') writeFileSync(join(folder, 'nexus/hook.sh'), ours);
    writeFileSync(join(folder, 'hooks/post-commit'), addBlock(`#!/bin/${shell}\n${body}`, 'post-commit'));
    const done = spawnSync(shell, [join(folder, 'hooks/post-commit'), 'one', 'two words'], {
      input: 'typed',
    });
    return { stdout: done.stdout.toString(), stderr: done.stderr.toString(), status: done.status };
  };

  it.each(['', 'set -eu\n'])('they change neither $?, nor stdin, nor arguments (after %j)', (set) => {
    const body = `${set}echo "$? $# $2"\ncat\nexit 7\n`;
    expect(run(body)).toEqual({ stdout: '0 2 two words\ntyped', stderr: '', status: 7 });
  });

  it('they run before an early exit, with all arguments', () => {
    const ours = 'echo "ours $# $1 $3"\nexit 9\n';
    expect(run('exit 0\n', ours)).toEqual({
      stdout: 'ours 3 post-commit two words\n',
      stderr: '',
      status: 0,
    });
  });

  it('they say that the script is gone, and that is all', () => {
    const { stdout, stderr, status } = run('echo mine\n', '');
    expect({ stdout, status }).toEqual({ stdout: 'mine\n', status: 0 });
    expect(stderr).toMatch(/^nexus: .*hook\.sh is gone.*\n$/);
  });
});
