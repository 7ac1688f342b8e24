import { win32 } from 'node:path';

import { pathFolders, PROGRAM_EXTENSIONS, readVariable } from './windows-folders.js';

/** Where a command line is going to run. */
export interface ScriptContext {
  /** Absolute. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The first bytes of a file as text; undefined when there is no such file. */
  readStart: (file: string) => string | undefined;
}

/**
 * Makes a command line that was written for `sh` start in cmd.exe, as far as that goes: cmd takes the `/` in
 * `./scripts/test` for an option and knows no `#!` lines. A program named with slashes gets backslashes, a script its
 * interpreter, and `sh` and `bash` are git's own where PATH has none. All else is left as the person wrote it.
 * @throws Error when a script's interpreter can't be found
 */
export function resolveScripts(line: string, context: ScriptContext): string {
  return splitCommands(line)
    .map((command) => {
      const match = /^([\s@(]*)(?:"([^"]+)"|([^\s"&|<>^%!();,=]+))(?=\s|$)/.exec(command);
      const [all = '', before = '', quoted, bare] = match ?? [];
      const started = startWord(quoted ?? bare ?? '', context);
      return started === undefined ? command : before + started + command.slice(all.length);
    })
    .join('');
}

/** The commands of a line, each with the operator in front of it. cmd: quotes have no escape, `^` escapes one letter. */
function splitCommands(line: string): string[] {
  return line.match(/[&|]+|(?:"[^"]*(?:"|$)|\^[\s\S]|[^&|"^]|\^$)+/g) ?? [];
}

/** What to write instead of the first word of a command; undefined to leave it. */
function startWord(word: string, context: ScriptContext): string | undefined {
  if (/^(?:ba)?sh(?:\.exe)?$/i.test(word)) {
    const shell = findProgram(word.replace(/\.exe$/i, '').toLowerCase(), context);
    return shell === undefined ? undefined : quoteForCmd(shell);
  }
  if (!/[\\/]/.test(word) || /["%]/.test(word)) return undefined;
  const file = win32.resolve(context.cwd, word);
  const native = quoteForCmd(word.replaceAll('/', '\\'));
  // npm puts `tool`, a script for sh, beside `tool.cmd`.
  if (PROGRAM_EXTENSIONS.some((extension) => context.readStart(file + extension) !== undefined))
    return native;
  const start = context.readStart(file);
  if (start === undefined) return undefined;
  const interpreter = readInterpreter(start);
  if (interpreter === undefined) return native;
  const program = findProgram(interpreter.program, context);
  if (program === undefined) {
    throw new Error(`${word} is a script for ${interpreter.program}, which is not on PATH.`);
  }
  return [program, ...interpreter.args, word.replaceAll('\\', '/')].map(quoteForCmd).join(' ');
}

/** The program of a `#!` line, without its folder, which is that of another system; undefined when there is none. */
function readInterpreter(start: string): { program: string; args: string[] } | undefined {
  const line = /^#!\s*([^\r\n]*)/.exec(start)?.[1]?.trim();
  if (line === undefined || line === '') return undefined;
  const words = line.split(/\s+/);
  if (baseName(words[0]) === 'env') {
    words.shift();
    // `-S` splits the rest into words, which is done here anyway; other options and `NAME=value` say nothing of it.
    while (words[0] !== undefined && (words[0].startsWith('-') || words[0].includes('='))) words.shift();
  }
  const [program, ...args] = words;
  return program === undefined ? undefined : { program: baseName(program), args };
}

function baseName(path = ''): string {
  return win32.basename(path).replace(/\.exe$/i, '');
}

/** On Windows Python 3 is called `python`, and `py` where only its launcher is installed. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  python: ['py'],
  python3: ['python', 'py'],
  dash: ['sh'],
};

/** Full path of a program: from PATH, then from git's own folder, which has the programs of a small Unix. */
function findProgram(name: string, context: ScriptContext): string | undefined {
  const { env, readStart } = context;
  const folders = pathFolders(env);
  // Stand-ins that only open the shop are there as well as real programs.
  const trusted = folders.filter((folder) => !/\\windowsapps\\?$/i.test(folder));
  const ordered = [...trusted, ...folders.filter((folder) => !trusted.includes(folder))].filter(
    // That bash is the one of WSL, to which the paths of Windows mean nothing.
    (folder) => !(name === 'bash' && /\\system32\\?$/i.test(folder)),
  );
  for (const candidate of [name, ...(OTHER_NAMES[name] ?? [])]) {
    for (const folder of ordered) {
      for (const extension of PROGRAM_EXTENSIONS) {
        const file = win32.join(folder, candidate + extension);
        if (readStart(file) !== undefined) return file;
      }
    }
    for (const root of gitRoots(env, folders)) {
      for (const place of ['bin', 'usr\\bin']) {
        const file = win32.join(root, place, `${candidate}.exe`);
        if (readStart(file) !== undefined) return file;
      }
    }
  }
  return undefined;
}

/** Where Git for Windows may be: above the folders of PATH (`Git\cmd`, `Git\mingw64\bin`), and where it installs. */
function gitRoots(env: NodeJS.ProcessEnv, folders: readonly string[]): string[] {
  const above = folders.flatMap((folder) => {
    if (!/\\(?:cmd|bin)\\?$/i.test(folder)) return [];
    const parents = [win32.dirname(folder), win32.dirname(win32.dirname(folder))];
    return parents.filter((parent) => /\\(?:portable)?git[^\\]*$/i.test(parent));
  });
  const installed = [
    [readVariable(env, 'PROGRAMFILES'), 'Git'],
    [readVariable(env, 'LOCALAPPDATA'), 'Programs\\Git'],
  ].flatMap(([base, name = '']) => (base === undefined ? [] : [win32.join(base, name)]));
  return [...new Set([...above, ...installed])];
}

/**
 * One argument in a line for cmd.exe, as data, also when a `.cmd` or `.bat` file takes it (CVE-2024-24576): inside
 * quotes nothing is an operator, a quote is doubled, and `%` is followed by a variable that is empty, since nothing
 * escapes it there (Rust's std::sys::args::windows).
 * @throws TypeError for a line end or a zero byte: cmd would end the command there
 */
export function quoteForCmd(text: string): string {
  if (/[\0\r\n]/.test(text)) throw new TypeError('A line end can’t be part of an argument on Windows.');
  if (/^[\w.:\\/-]+$/.test(text)) return text;
  const inner = text
    .replaceAll(/(\\*)"/g, '$1$1""')
    .replace(/(\\+)$/, '$1$1')
    .replaceAll('%', '%%cd:~,%');
  return `"${inner}"`;
}
