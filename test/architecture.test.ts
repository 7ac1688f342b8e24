import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** From the top; a room imports from rooms after it. The order of ARCHITECTURE.md. */
const ROOMS = [
  'cli.ts',
  'commands',
  'report',
  'engine',
  'review',
  'journal',
  'planning',
  'coding',
  'checks',
  'models',
  'repository',
  'edits',
  'syntax',
  'tasks',
  'config',
  'platform.ts',
  'platform',
  'version.ts',
  'package-root.ts',
  'errors.ts',
];

/**
 * Types only may point one step up where two rooms describe the same thing: tasks carry repository paths, which are
 * defined where paths are checked.
 */
const TYPES_ALLOWED = new Set(['tasks → edits']);

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?[^'";]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g;
  return [...text.matchAll(pattern)].map((match) => {
    const target = resolve(SRC, dirname(file), match[2] ?? match[3] ?? '');
    return {
      from: file,
      to: relative(SRC, target).replace(/\.js$/, '.ts'),
      typeOnly: match[1] !== undefined,
    };
  });
}

function roomOf(file: string): string {
  return file.split(sep)[0] ?? '';
}

const imports = files.flatMap(importsOf);

describe('the rooms of src/', () => {
  test('the scan saw the code', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(imports.length).toBeGreaterThan(300);
  });

  test('every file is in a known room', () => {
    expect(files.filter((file) => !ROOMS.includes(roomOf(file)))).toEqual([]);
  });

  test('a room imports only from rooms below it', () => {
    const upward = imports.filter(({ from, to, typeOnly }) => {
      const [above, below] = [ROOMS.indexOf(roomOf(from)), ROOMS.indexOf(roomOf(to))];
      if (above <= below) return false;
      return !(typeOnly && TYPES_ALLOWED.has(`${roomOf(from)} → ${roomOf(to)}`));
    });
    expect(upward.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('edits/ is pure: no disk, no network, no clock, no process', () => {
    const impure = files
      .filter((file) => roomOf(file) === 'edits')
      .filter((file) =>
        /from 'node:(?!path)|\b(?:Date\.now|performance\.|fetch\(|process\.)/.test(
          readFileSync(join(SRC, file), 'utf8'),
        ),
      );
    expect(impure).toEqual([]);
  });

  test.each([
    ['git', /from 'simple-git'/, ['repository/git.ts']],
    ['a process', /import \{[^}]*\} from '(?:node:child_process|cross-spawn)'/, ['platform/effects.ts']],
    [
      'a socket to a model server',
      /from 'undici'|import\('undici'\)/,
      ['models/limited-fetch.ts', 'models/abortable-connect.ts'],
    ],
    ['the terminal', /process\.std(?:out|err)\b|console\.\w+\(/, ['report/terminal.ts']],
  ])('only its own file reaches for %s', (_, pattern, allowed) => {
    const users = files.filter((file) => pattern.test(readFileSync(join(SRC, file), 'utf8')));
    expect(users.map((file) => file.split(sep).join('/')).filter((file) => !allowed.includes(file))).toEqual(
      [],
    );
    expect(users.length).toBeGreaterThan(0);
  });
});
