import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { applyDocument } from './json-documents.js';
import { isolateUser, runNexus, type Ran, type RunOptions } from './run-nexus.js';

export const SUM = `export function sum(a, b) {
  return a - b;
}

export function mul(a, b) {
  return a * b;
}
`;
export const FIXED_SUM = SUM.replace('a - b', 'a + b');

/** One search/replace block, as chat models write it. */
export function replaceLine(path: string, before: string, after: string): string {
  return `${path}\n\`\`\`\n<<<<<<< SEARCH\n${before}\n=======\n${after}\n>>>>>>> REPLACE\n\`\`\`\n`;
}

/** What mends SUM at `path`. */
export function fixSum(path: string): string {
  return replaceLine(path, '  return a - b;', '  return a + b;');
}

export function wholeFile(path: string, text: string): string {
  return `${path}\n\`\`\`\n${text}\`\`\`\n`;
}

/** A folder in no repository with these files, gone when the test is over. */
export function createFolder(files: Readonly<Record<string, string | Buffer>> = {}): string {
  isolateUser();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-apply-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** `nexus apply -` in this folder, with the reply on standard input. */
export async function apply(
  cwd: string,
  reply: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Ran> {
  return runNexus(['apply', '-', ...args], { cwd, input: reply, ...options });
}

/** The same with `--json`; the document has been held against its schema. */
export async function applyJson(
  cwd: string,
  reply: string,
  args: readonly string[] = [],
): Promise<z.infer<typeof applyDocument> & { exitCode: number }> {
  const ran = await apply(cwd, reply, [...args, '--json']);
  if (ran.error !== undefined) throw ran.error;
  return { ...applyDocument.parse(ran.json()), exitCode: ran.exitCode };
}

/** Every file, link and empty folder below a folder with content and mode; `.git` is left out. */
export function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).split(sep).join('/');
    if (path === '.git' || path.startsWith('.git/')) continue;
    const mode = (lstatSync(file).mode & 0o7777).toString(8);
    if (entry.isSymbolicLink()) found[path] = `link to ${readlinkSync(file)}`;
    else if (entry.isDirectory()) found[path] = `folder ${mode}`;
    else found[path] = `${mode} ${readFileSync(file, 'latin1')}`;
  }
  return found;
}
