import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  apply,
  applyJson,
  createFolder,
  FIXED_SUM,
  fixSum,
  replaceLine,
  snapshot,
  SUM,
  wholeFile,
} from './apply-scene.js';
import { createProject, runNexus } from './run-nexus.js';

const read = (folder: string, path: string): string => readFileSync(join(folder, path), 'utf8');

/** As copied from a chat: prose, three files, three formats. */
const CHAT = `Sure! There were two bugs. First, \`src/sum.js\` subtracts instead of adding:

src/sum.js
\`\`\`js
<<<<<<< SEARCH
  return a - b;
=======
  return a + b;
>>>>>>> REPLACE
\`\`\`

Then the Python part, as a diff:

\`\`\`diff
--- a/tool/greet.py
+++ b/tool/greet.py
@@ -1,2 +1,2 @@
 def greet(name):
-    return "Hello" + name
+    return "Hello " + name
\`\`\`

And the notes, in full:

**docs/notes.md**
\`\`\`markdown
# Notes

Both are mended.
\`\`\`

Let me know if you need anything else!
`;
const CHAT_FILES = { 'src/sum.js': SUM, 'tool/greet.py': 'def greet(name):\n    return "Hello" + name\n' };

describe('a reply pasted from a chat', () => {
  it('is applied with its prose and all its formats, and every edit is reported', async () => {
    const { path, git } = createProject(CHAT_FILES);
    const ran = await apply(path, CHAT);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toBe(
      [
        `applied 3 edits in 3 files below ${path}:`,
        '  src/sum.js:2  search-replace, exact',
        '  tool/greet.py:1  unified-diff, exact',
        '  docs/notes.md  whole-file, new',
        '',
      ].join('\n'),
    );
    expect(read(path, 'src/sum.js')).toBe(FIXED_SUM);
    expect(read(path, 'tool/greet.py')).toContain('"Hello " + name');
    expect(read(path, 'docs/notes.md')).toBe('# Notes\n\nBoth are mended.\n');
    // Neither the index nor anything else of the repository was touched.
    expect(git(['status', '--short'])).toBe(' M src/sum.js\n M tool/greet.py\n?? docs/');
  });

  it('prints one object with --json', async () => {
    const { path, git } = createProject(CHAT_FILES);
    const { diff, ...rest } = await applyJson(path, CHAT);
    expect(rest).toEqual({
      exitCode: 0,
      applied: true,
      edits: [
        { path: 'src/sum.js', format: 'search-replace', pass: 'exact', line: 2 },
        { path: 'tool/greet.py', format: 'unified-diff', pass: 'exact', line: 1 },
        { path: 'docs/notes.md', format: 'whole-file', pass: 'new', line: 0 },
      ],
      rejections: [],
    });
    git(['checkout', '--quiet', '.']);
    git(['clean', '--quiet', '-fd']);
    git(['apply', '--check'], { input: diff });
  });

  it('is read from a file too, also in UTF-16 as PowerShell writes it, and with a byte order mark', async () => {
    for (const encode of [
      (text: string) => Buffer.from(text),
      (text: string) => Buffer.from(`\uFEFF${text}`),
      (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
      (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    ]) {
      const folder = createFolder({ 'sum.js': SUM, 'reply.txt': encode(fixSum('sum.js')) });
      expect(await runNexus(['apply', 'reply.txt'], { cwd: folder })).toMatchObject({ exitCode: 0 });
      expect(read(folder, 'sum.js')).toBe(FIXED_SUM);
    }
  });

  it('finds a declaration by its name', async () => {
    const folder = createFolder({ 'sum.js': SUM });
    const reply = '```js\nfunction sum(a, b) {\n  return a + b;\n}\n```\n';
    const { edits } = await applyJson(folder, reply);
    expect(edits).toEqual([{ path: 'sum.js', format: 'named-declaration', pass: 'declaration', line: 1 }]);
    expect(read(folder, 'sum.js')).toBe(FIXED_SUM);
  });

  it('refuses what would break the syntax of a file', async () => {
    const folder = createFolder({ 'sum.js': SUM });
    const { rejections } = await applyJson(
      folder,
      replaceLine('sum.js', '  return a - b;', '  return a + (b;'),
    );
    expect(rejections).toMatchObject([{ code: 'new-syntax-errors', path: 'sum.js' }]);
    expect(read(folder, 'sum.js')).toBe(SUM);
  });
});

describe('--dry-run', () => {
  it('prints the diff alone and writes nothing', async () => {
    const { path, git } = createProject({ 'sum.js': SUM });
    const ran = await apply(path, fixSum('sum.js'), ['--dry-run']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toMatch(
      /^diff --git a\/sum\.js b\/sum\.js\n[\s\S]*\n-  return a - b;\n\+  return a \+ b;\n/u,
    );
    expect(ran.stderr).toContain('would apply 1 edit in 1 file');
    expect(git(['status', '--short'])).toBe('');
    git(['apply', '--check'], { input: ran.stdout });
  });

  it('says with --json whether it would', async () => {
    const folder = createFolder({ 'sum.js': SUM });
    const { applied, diff, exitCode } = await applyJson(folder, fixSum('sum.js'), ['--dry-run']);
    expect({ applied, exitCode }).toEqual({ applied: true, exitCode: 0 });
    expect(diff).toContain('+  return a + b;');
    const refused = await applyJson(folder, replaceLine('sum.js', 'return 7;', 'return 8;'), ['--dry-run']);
    expect(refused).toMatchObject({ applied: false, exitCode: 1, diff: '' });
    expect(snapshot(folder)).toEqual({ 'sum.js': `644 ${SUM}` });
  });

  it('colours the diff on a terminal', async () => {
    const folder = createFolder({ 'sum.js': SUM });
    const { stdout } = await apply(folder, fixSum('sum.js'), ['--dry-run'], { colours: true });
    expect(stdout).toContain('\u001B[32m+  return a + b;\u001B[39m');
  });
});

describe('a rejected reply', () => {
  const reply = `${fixSum('a.js')}\n${replaceLine('b.js', '  return a / b;', '  return a % b;')}`;

  it('leaves all files as they are, and names each rejection with what to send back', async () => {
    const path = createFolder({ 'a.js': SUM, 'b.js': SUM });
    const before = snapshot(path);
    const ran = await apply(path, reply);
    expect(ran).toMatchObject({ exitCode: 1, stderr: '' });
    expect(ran.stdout).toMatch(/^rejected: nothing was written\.\n {2}not-found {2}.*b\.js.*\n/u);
    expect(ran.stdout).toMatch(/\nTo send back to the model:\n\n.*b\.js/u);
    expect(snapshot(path)).toEqual(before);
  });

  it('has an empty diff and what was located', async () => {
    const path = createFolder({ 'a.js': SUM, 'b.js': SUM });
    const { rejections, ...rest } = await applyJson(path, reply);
    expect(rest).toEqual({
      exitCode: 1,
      applied: false,
      edits: [{ path: 'a.js', format: 'search-replace', pass: 'exact', line: 2 }],
      diff: '',
    });
    expect(rejections).toMatchObject([{ path: 'b.js', code: 'not-found' }]);
  });

  it('that is there already is no change', async () => {
    const path = createFolder({ 'sum.js': FIXED_SUM });
    const { edits, rejections, exitCode } = await applyJson(path, fixSum('sum.js'));
    expect(exitCode).toBe(1);
    expect(edits).toEqual([{ path: 'sum.js', format: 'search-replace', pass: 'already', line: 2 }]);
    expect(rejections).toMatchObject([{ code: 'no-change', path: 'sum.js' }]);
  });

  it('is applied for the rest when only a part of it is there already', async () => {
    const path = createFolder({ 'a.js': FIXED_SUM, 'b.js': SUM });
    const { edits } = await applyJson(path, `${fixSum('a.js')}\n${fixSum('b.js')}`);
    expect(edits.map(({ pass }) => pass)).toEqual(['already', 'exact']);
    expect(read(path, 'b.js')).toBe(FIXED_SUM);
  });

  it('is no change the second time, with the files that it made', async () => {
    const { path } = createProject(CHAT_FILES);
    await applyJson(path, CHAT);
    const { edits, rejections } = await applyJson(path, CHAT);
    expect(edits.map(({ pass }) => pass)).toEqual(['already', 'already', 'already']);
    expect(rejections).toMatchObject([{ code: 'no-change' }]);
  });

  it('without a path has null for it', async () => {
    const path = createFolder({ 'a.js': SUM });
    const { rejections } = await applyJson(path, 'I am sorry, I cannot help with that.');
    expect(rejections).toMatchObject([{ path: null, code: 'no-edit' }]);
  });

  it('refuses an empty reply as one without an edit', async () => {
    const path = createFolder({ 'sum.js': SUM });
    const { applied, rejections } = await applyJson(path, '\n');
    expect(applied).toBe(false);
    expect(rejections).toMatchObject([{ path: null, code: 'no-edit' }]);
  });
});

describe('the offered files', () => {
  it('are those that git tracks: others are not changed, and it is said how they would be', async () => {
    const { path, write } = createProject({ 'a.js': SUM });
    write('b.js', SUM);
    const ran = await apply(path, fixSum('b.js'));
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain('git does not track b.js. To let it change that: --files b.js');
    expect(read(path, 'b.js')).toBe(SUM);
    expect((await apply(path, fixSum('b.js'), ['--files', 'b.js'])).exitCode).toBe(0);
    expect(read(path, 'b.js')).toBe(FIXED_SUM);
  });

  it('are only the named ones with --files, in one flag or several', async () => {
    const path = createFolder({ 'a.js': SUM, 'b.js': SUM, 'c.js': SUM });
    const reply = `${fixSum('a.js')}\n${fixSum('b.js')}\n${fixSum('c.js')}`;
    const { rejections } = await applyJson(path, reply, ['--files', 'a.js, b.js']);
    expect(rejections).toMatchObject([{ path: 'c.js', code: 'not-offered' }]);
    const ran = await apply(path, reply, ['--files', 'a.js']);
    expect(ran.stdout).toContain('To let it change b.js, name that in --files too.');
    expect((await apply(path, reply, ['--files', 'a.js,b.js', '--files', 'c.js'])).exitCode).toBe(0);
  });

  it('settle which file a reply without a path means', async () => {
    const path = createFolder({ 'a.js': SUM, 'b.js': SUM });
    const reply = '```js\nfunction sum(a, b) {\n  return a + b;\n}\n```\n';
    const ran = await apply(path, reply);
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain('Say which file it is for: --files PATH');
    const { edits } = await applyJson(path, reply, ['--files', 'b.js']);
    expect(edits).toMatchObject([{ path: 'b.js' }]);
    expect([read(path, 'a.js'), read(path, 'b.js')]).toEqual([SUM, FIXED_SUM]);
  });

  it('may be one that is to be made', async () => {
    const path = createFolder({ 'a.js': SUM, 'b.js': SUM });
    expect((await apply(path, '```js\nexport const x = 1;\n```\n', ['--files', 'lib/x.js'])).exitCode).toBe(
      0,
    );
    expect(read(path, 'lib/x.js')).toBe('export const x = 1;\n');
  });

  it('are wrong if one is not there and the reply does not make it', async () => {
    const path = createFolder({ 'a.js': SUM });
    const pathless = fixSum('').trimStart();
    for (const reply of [pathless, fixSum('zzz.js'), fixSum('a.js')]) {
      const ran = await apply(path, reply, ['--files', 'zzz.js']);
      expect(ran.exitCode).toBe(2);
      expect(ran.error).toMatchObject({
        code: 'usage',
        message: '--files names "zzz.js", which is not there, and the reply does not make it.',
      });
    }
    // Beside one that is there it may be left unmade, and what is wrong with an edit is still told.
    const both = await applyJson(path, replaceLine('a.js', 'nowhere();', 'b();'), ['--files', 'a.js,zzz.js']);
    expect(both).toMatchObject({ exitCode: 1, rejections: [{ path: 'a.js', code: 'not-found' }] });
    expect(await applyJson(path, fixSum('a.js'), ['--files', 'a.js,zzz.js'])).toMatchObject({
      applied: true,
    });
  });

  it('that the model is told of are those that it may write', async () => {
    const path = createFolder({
      'a.js': SUM,
      'package-lock.json': '{}\n',
      'tasks.yml': 'tasks: []\n',
      'b.js': SUM,
    });
    const { rejections } = await applyJson(path, 'I would not change anything.');
    expect(rejections[0]?.feedback).toContain('The files to change are: a.js, b.js.');
    const named = await applyJson(path, 'Nothing.', ['--files', 'a.js,package-lock.json']);
    expect(named.rejections[0]?.feedback).toContain('The files to change are: a.js, package-lock.json.');
  });

  it('outside a repository are the text files below the root, but not the reply itself', async () => {
    const folder = createFolder({
      'src/sum.js': SUM,
      'logo.png': Buffer.from([0x89, 0x50, 0, 1]),
      'node_modules/x/sum.js': SUM,
      'REPLY.md': replaceLine('', '  return a - b;', '  return a + b;'),
    });
    // The only one that it can be about: neither the reply, nor the picture, nor a dependency.
    const ran = await runNexus(['apply', 'REPLY.md', '--json'], { cwd: folder });
    expect(ran.json()).toMatchObject({ applied: true, edits: [{ path: 'src/sum.js' }] });
    const whole = await apply(folder, wholeFile('node_modules/x/sum.js', FIXED_SUM));
    expect(whole.stdout).toContain('not-offered');
  });

  it('that lie in a repository further down belong to that', async () => {
    const folder = createFolder({
      'a.js': SUM,
      'clone/.git/HEAD': 'ref: refs/heads/main\n',
      'clone/b.js': SUM,
    });
    for (const path of ['clone/b.js', 'clone/new.js']) {
      const { rejections } = await applyJson(folder, wholeFile(path, FIXED_SUM));
      expect(rejections).toMatchObject([{ path, code: 'not-editable' }]);
    }
    expect(existsSync(join(folder, 'clone/new.js'))).toBe(false);
  });
});

describe('--root', () => {
  it('is where the paths of the reply start, also further down in a repository', async () => {
    const { path } = createProject({ 'packages/x/src/sum.js': SUM, 'src/sum.js': SUM });
    const { edits, diff } = await applyJson(path, fixSum('src/sum.js'), ['--root', 'packages/x']);
    expect(edits).toMatchObject([{ path: 'src/sum.js' }]);
    expect(diff).toContain('+++ b/src/sum.js\n');
    expect(read(path, 'packages/x/src/sum.js')).toBe(FIXED_SUM);
    expect(read(path, 'src/sum.js')).toBe(SUM);
  });

  it('does not make a path from the top of the repository anew below it', async () => {
    const { path } = createProject({ 'packages/x/src/sum.js': SUM });
    const ran = await apply(path, wholeFile('packages/x/src/new.js', 'export {};\n'), [
      '--root',
      'packages/x',
    ]);
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain('give the top of the repository with --root');
    expect(existsSync(join(path, 'packages/x/packages'))).toBe(false);
  });

  it('is the current folder by default', async () => {
    const { path } = createProject({ 'packages/x/sum.js': SUM });
    expect((await apply(join(path, 'packages/x'), fixSum('sum.js'))).exitCode).toBe(0);
    expect(read(path, 'packages/x/sum.js')).toBe(FIXED_SUM);
  });
});

describe('--format', () => {
  it.each(['whole-file', 'search-replace', 'named-declaration', 'unified-diff', 'begin-patch'])(
    'takes %s',
    async (format) => {
      const folder = createFolder({ 'sum.js': SUM });
      const { exitCode } = await applyJson(folder, fixSum('sum.js'), ['--format', format]);
      expect(exitCode).toBe(format === 'search-replace' ? 0 : 1);
    },
  );
});

describe('files keep', () => {
  it('their mode, line ends, byte order mark and missing final newline', async () => {
    const text = '\uFEFF#!/usr/bin/env node\r\nconst a = 1;\r\nconst b = 2;';
    const path = createFolder({ 'run.js': text });
    chmodSync(join(path, 'run.js'), 0o751);
    expect((await apply(path, replaceLine('run.js', 'const b = 2;', 'const b = 3;'))).exitCode).toBe(0);
    expect(read(path, 'run.js')).toBe(text.replace('b = 2', 'b = 3'));
    expect(statSync(join(path, 'run.js')).mode & 0o777).toBe(0o751);
  });

  it('their bytes when git would convert their line ends', async () => {
    const { path, git, write } = createProject();
    git(['config', 'core.autocrlf', 'true']);
    write('sum.js', SUM.replaceAll('\n', '\r\n'));
    git(['add', '.'], { exits: [0] });
    expect((await apply(path, fixSum('sum.js'))).exitCode).toBe(0);
    expect(read(path, 'sum.js')).toBe(FIXED_SUM.replaceAll('\n', '\r\n'));
  });

  it('their mode when they are renamed, and nothing stays of a folder that is empty then', async () => {
    const path = createFolder({ 'old/run.js': SUM });
    chmodSync(join(path, 'old/run.js'), 0o755);
    const reply = [
      '*** Begin Patch',
      '*** Update File: old/run.js',
      '*** Move to: new/deep/run.js',
      '@@',
      '-  return a - b;',
      '+  return a + b;',
      '*** End Patch',
      '',
    ].join('\n');
    const { diff, applied } = await applyJson(path, reply);
    expect(applied).toBe(true);
    expect(snapshot(path)).toMatchObject({ 'new/deep/run.js': `755 ${FIXED_SUM}` });
    expect(existsSync(join(path, 'old'))).toBe(false);
    expect(diff).toContain('rename to new/deep/run.js');
  });

  it('nothing when they are deleted', async () => {
    const path = createFolder({ 'a.js': SUM, 'b.js': SUM });
    const { applied } = await applyJson(path, '*** Begin Patch\n*** Delete File: a.js\n*** End Patch\n');
    expect(applied).toBe(true);
    expect(Object.keys(snapshot(path))).toEqual(expect.arrayContaining(['b.js']));
    expect(existsSync(join(path, 'a.js'))).toBe(false);
  });
});

describe('wrong usage', () => {
  it.each([
    ['a reply that is not there', ['apply', 'none.md'], 'reply-unreadable', 'none.md cannot be read'],
    ['a folder', ['apply', 'src'], 'reply-unreadable', 'src cannot be read'],
    ['a reply that is no text', ['apply', 'image.md'], 'reply-unreadable', 'is not UTF-8 text'],
    ['no reply', ['apply'], 'usage', 'missing required argument'],
    ['two replies', ['apply', 'reply.md', 'empty.md'], 'usage', 'too many arguments'],
    ['an unknown format', ['apply', 'reply.md', '--format', 'patch'], 'usage', 'whole-file, search-replace'],
    ['a root that is not there', ['apply', 'reply.md', '--root', 'none'], 'usage', 'is no folder'],
    ['a root that is a file', ['apply', 'reply.md', '--root', 'sum.js'], 'usage', 'is no folder'],
    [
      'a root in .git',
      ['apply', 'reply.md', '--root', '.git/hooks'],
      'inside-git-folder',
      "git's own folder",
    ],
    [
      'a name out of the root',
      ['apply', 'reply.md', '--files', '../sum.js'],
      'usage',
      'leads out of its folder',
    ],
    [
      'a path to elsewhere',
      ['apply', 'reply.md', '--files', '/etc/hosts'],
      'usage',
      'leads out of its folder',
    ],
    ['a name in .git', ['apply', 'reply.md', '--files', '.git/config'], 'usage', 'git’s own folder'],
    ['a folder among the files', ['apply', 'reply.md', '--files', 'src'], 'usage', 'is a folder'],
    ['the root among the files', ['apply', 'reply.md', '--files', '.'], 'usage', 'is a folder'],
    ['a binary file', ['apply', 'reply.md', '--files', 'image.md'], 'usage', 'is no text file'],
    ['a file in Latin-1', ['apply', 'reply.md', '--files', 'latin.txt'], 'usage', 'is not UTF-8 text'],
    ['no name between commas', ['apply', 'reply.md', '--files', 'sum.js,,a'], 'usage', 'A name is empty'],
  ])('%s', async (_, args, code, message) => {
    const path = createFolder({
      'sum.js': SUM,
      'src/x.js': '',
      'reply.md': fixSum('sum.js'),
      'empty.md': ' \n',
      'image.md': '\0\u0001',
      'latin.txt': Buffer.from('caf\u00E9', 'latin1'),
    });
    if (args.includes('.git/hooks')) mkdirSync(join(path, '.git/hooks'), { recursive: true });
    const before = snapshot(path);
    const ran = await runNexus(args, { cwd: path });
    expect(ran.error).toMatchObject({ code, exitCode: 2, remedy: expect.stringMatching(/./u) });
    expect(ran.error?.message).toContain(message);
    expect(snapshot(path)).toEqual(before);
  });

  it('is no whole path below the root, and none with backslashes', async () => {
    const path = createFolder({ 'src/sum.js': SUM });
    expect((await apply(path, fixSum('sum.js'), ['--files', join(path, 'src/sum.js')])).exitCode).toBe(0);
    expect((await apply(path, fixSum('sum.js'), ['--files', String.raw`.\src\sum.js`])).exitCode).toBe(1);
  });

  it.each(['reply.md', '-'])('a reply that is too long (%s)', async (name) => {
    const long = Buffer.alloc(16 * 1024 * 1024 + 1, 'a');
    const folder = createFolder({ 'reply.md': long });
    const ran = await runNexus(['apply', name], { cwd: folder, input: long.toString() });
    expect(ran.error).toMatchObject({ code: 'reply-unreadable', exitCode: 2 });
    expect(ran.error?.message).toMatch(/^(?:reply\.md|Standard input) is longer than 16 MiB\.$/u);
  });

  it('a configuration that is wrong stops it: what it protects is not known', async () => {
    const path = createFolder({ 'sum.js': SUM, '.nexus.yml': 'protekt: [sum.js]\n' });
    const ran = await apply(path, fixSum('sum.js'));
    expect(ran.error).toMatchObject({ code: 'config-invalid', exitCode: 3 });
    expect(read(path, 'sum.js')).toBe(SUM);
  });
});

it('says that besides accept it alone writes working files, and what it never writes', async () => {
  const { stdout } = await runNexus(['apply', '--help']);
  expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(
    'Besides accept it is the only command that writes working files.',
  );
  expect(stdout).toMatch(/tasks\.yml, \.nexus\.yml, hooks and \.git never/u);
});

it('tells a person at a terminal how to end what is pasted', async () => {
  const folder = createFolder({ 'sum.js': SUM });
  const { stderr, exitCode } = await apply(folder, fixSum('sum.js'), [], { tty: true });
  expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining('Ctrl-D'), exitCode: 0 });
});

it('ends while it waits for standard input', async () => {
  const folder = createFolder({ 'sum.js': SUM });
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(apply(folder, fixSum('sum.js'), [], { signal: stop.signal })).rejects.toThrow('stopped');
  expect(read(folder, 'sum.js')).toBe(SUM);
});
