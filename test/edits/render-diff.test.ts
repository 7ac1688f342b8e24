import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderDiff } from '../../src/edits/render-diff.js';
import type { FileChange } from '../../src/edits/types.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexus-diff-'));
  execFileSync('git', ['init', '-q', folder]);
  // What a user may have set must not change what is tested.
  for (const [key, value] of [
    ['core.autocrlf', 'false'],
    ['apply.whitespace', 'nowarn'],
  ]) {
    execFileSync('git', ['-C', folder, 'config', key ?? '', value ?? '']);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lays the old files down, lets git check and apply the diff, and returns what stands at the paths then. */
function applyWithGit(changes: readonly FileChange[]): Map<string, string | undefined> {
  for (const change of changes) {
    const old = join(folder, change.kind === 'rename' ? change.from : change.path);
    rmSync(join(folder, change.path), { force: true });
    mkdirSync(dirname(old), { recursive: true });
    if (change.kind !== 'create') writeFileSync(old, change.oldText);
  }
  const input = renderDiff(changes);
  execFileSync('git', ['-C', folder, 'apply', '--check', '-'], { input, stdio: ['pipe', 'pipe', 'pipe'] });
  execFileSync('git', ['-C', folder, 'apply', '-'], { input, stdio: ['pipe', 'pipe', 'pipe'] });
  const read = (path: string) => {
    const file = join(folder, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  return new Map([...wanted(changes).keys()].map((path) => [path, read(path)]));
}

/** What must stand at the paths: the new texts, and nothing where a file was deleted or moved away. */
function wanted(changes: readonly FileChange[]): Map<string, string | undefined> {
  const files = new Map<string, string | undefined>();
  for (const change of changes) {
    files.set(change.path, change.kind === 'delete' ? undefined : change.newText);
    if (change.kind === 'rename') files.set(change.from, undefined);
  }
  return files;
}

const numbered = (count: number, end = '\n') =>
  Array.from({ length: count }, (_, at) => `line ${at}${end}`).join('');

describe('renderDiff, held to git apply', () => {
  it('shows a changed line with three lines around it', () => {
    const oldText = numbered(9);
    const change: FileChange = {
      kind: 'modify',
      path: 'a.txt',
      oldText,
      newText: oldText.replace('4', 'four'),
    };
    expect(renderDiff([change])).toBe(
      [
        'diff --git a/a.txt b/a.txt',
        '--- a/a.txt',
        '+++ b/a.txt',
        '@@ -2,7 +2,7 @@',
        ' line 1',
        ' line 2',
        ' line 3',
        '-line 4',
        '+line four',
        ' line 5',
        ' line 6',
        ' line 7',
        '',
      ].join('\n'),
    );
    expect(applyWithGit([change])).toEqual(wanted([change]));
  });

  it.each<[string, FileChange]>([
    ['a new file', { kind: 'create', path: 'new/deep.txt', newText: 'one\ntwo\n' }],
    ['a new file without final newline', { kind: 'create', path: 'new2.txt', newText: 'one' }],
    ['a new empty file', { kind: 'create', path: 'empty.txt', newText: '' }],
    ['a deleted file', { kind: 'delete', path: 'gone.txt', oldText: 'a\nb\n' }],
    ['a deleted empty file', { kind: 'delete', path: 'gone2.txt', oldText: '' }],
    ['a deleted file without final newline', { kind: 'delete', path: 'gone3.txt', oldText: 'a\nb' }],
    ['a pure rename', { kind: 'rename', from: 'r1.txt', path: 'r2.txt', oldText: 'a\n', newText: 'a\n' }],
    [
      'a rename with a change',
      {
        kind: 'rename',
        from: 'r3.txt',
        path: 'sub/r4.txt',
        oldText: numbered(20),
        newText: `${numbered(20)}x\n`,
      },
    ],
    ['a final newline that comes', { kind: 'modify', path: 'n1.txt', oldText: 'a\nb', newText: 'a\nb\n' }],
    ['a final newline that goes', { kind: 'modify', path: 'n2.txt', oldText: 'a\nb\n', newText: 'a\nb' }],
    [
      'no final newline before and after',
      { kind: 'modify', path: 'n3.txt', oldText: 'a\nb', newText: 'c\nb' },
    ],
    ['CRLF', { kind: 'modify', path: 'c.txt', oldText: numbered(9, '\r\n'), newText: numbered(10, '\r\n') }],
    [
      'mixed line ends',
      { kind: 'modify', path: 'm.txt', oldText: 'a\r\nb\nc\r\n', newText: 'a\r\nB\nc\r\n' },
    ],
    ['CRLF that become LF', { kind: 'modify', path: 'm2.txt', oldText: 'a\r\nb\r\n', newText: 'a\nb\n' }],
    [
      'a lone carriage return',
      { kind: 'modify', path: 'm3.txt', oldText: 'a\rb\nc\n', newText: 'a\rb\nd\n' },
    ],
    [
      'a byte order mark',
      { kind: 'modify', path: 'b.txt', oldText: '\uFEFFa\nb\n', newText: '\uFEFFa\nc\n' },
    ],
    ['a file that is filled', { kind: 'modify', path: 'f.txt', oldText: '', newText: 'a\n' }],
    ['a file that is emptied', { kind: 'modify', path: 'e.txt', oldText: 'a\n', newText: '' }],
    ['a path with spaces', { kind: 'modify', path: 'my dir/my file.txt', oldText: 'a\n', newText: 'b\n' }],
    ['a path with umlauts', { kind: 'modify', path: 'grün/größe.txt', oldText: 'a\n', newText: 'b\n' }],
    ['a path with an emoji', { kind: 'create', path: '🚀.txt', newText: 'b\n' }],
    [
      'lines that look like headers',
      { kind: 'modify', path: 'h.txt', oldText: '-- a\n++ b\n', newText: '++ b\n' },
    ],
  ])('%s', (_, change) => {
    expect(applyWithGit([change])).toEqual(wanted([change]));
  });

  it.skipIf(process.platform === 'win32')('a path with quotes, a backslash and a tab', () => {
    expect(applyWithGit([{ kind: 'create', path: 'q"uo\\te\ttab.txt', newText: 'b\n' }])).toEqual(
      wanted([{ kind: 'create', path: 'q"uo\\te\ttab.txt', newText: 'b\n' }]),
    );
  });

  it('several files at once', () => {
    const changes: FileChange[] = [
      {
        kind: 'modify',
        path: 's1.txt',
        oldText: numbered(50),
        newText: numbered(50).replace(/^line 4\d\n/gm, ''),
      },
      { kind: 'create', path: 's2.txt', newText: 'x\n' },
      { kind: 'delete', path: 's3.txt', oldText: 'y\n' },
    ];
    expect(applyWithGit(changes)).toEqual(wanted(changes));
  });

  it('is empty where nothing changes', () => {
    expect(renderDiff([{ kind: 'modify', path: 'a.txt', oldText: 'a\n', newText: 'a\n' }])).toBe('');
    expect(renderDiff([])).toBe('');
  });

  it('ends soon where everything differs, and is still right', () => {
    const oldText = Array.from({ length: 20_000 }, (_, at) => `old ${at}\n`).join('');
    const newText = Array.from({ length: 20_000 }, (_, at) => `new ${at}\n`).join('');
    const before = process.cpuUsage();
    const change: FileChange = { kind: 'modify', path: 'big.txt', oldText, newText };
    renderDiff([change]);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(4000);
    expect(applyWithGit([change])).toEqual(wanted([change]));
  });

  it('any two texts', () => {
    const line = fc.constantFrom('a', 'b', 'c', '', ' ', '-- x', '@@', '\\');
    const text = fc
      .tuple(
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 12 }),
        fc.constantFrom('', 'end'),
      )
      .map(([lines, last]) => lines.map(([content, end]) => content + end).join('') + last);
    fc.assert(
      fc.property(text, text, (oldText, newText) => {
        if (oldText === newText) return;
        expect(applyWithGit([{ kind: 'modify', path: 'any.txt', oldText, newText }])).toEqual(
          wanted([{ kind: 'modify', path: 'any.txt', oldText, newText }]),
        );
      }),
      { numRuns: 40 },
    );
  });
});
