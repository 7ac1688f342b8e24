import { PACKAGE_ROOT } from '../package-root.js';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, hasCode, messageOf, NexusError } from '../errors.js';

/** Every prompt template: the placeholders that it must hold, and those that it may. */
const TEMPLATES = {
  'overseer-system': { needs: [], knows: [] },
  'coder-system': { needs: [], knows: [] },
  'choose-files': { needs: ['max_files'], knows: [] },
  plan: { needs: ['max_steps'], knows: [] },
  'plan-complaint': { needs: ['complaints'], knows: [] },
  step: { needs: ['title', 'instruction', 'files'], knows: ['number', 'count', 'done_when'] },
  repair: { needs: ['failures'], knows: ['files'] },
  'format-whole-file': { needs: [], knows: [] },
  'format-search-replace': { needs: [], knows: [] },
  'format-named-declaration': { needs: ['result'], knows: ['change', 'blocks'] },
  'format-unified-diff': { needs: [], knows: [] },
  document: { needs: ['diff'], knows: [] },
  'update-document': { needs: ['diff', 'path'], knows: [] },
  'revise-document': { needs: ['path'], knows: [] },
  'write-document': { needs: ['path'], knows: [] },
} as const satisfies Record<string, { needs: readonly string[]; knows: readonly string[] }>;

export type TemplateName = keyof typeof TEMPLATES;

/** The prompt templates of one repository. */
export interface Templates {
  /** The template with its `{{placeholders}}` filled; text that is filled in is not read as a template again. */
  fill(name: TemplateName, values?: Readonly<Record<string, string>>): string;
  /** What `.nexus/templates/` overrides: file name → text. It acts only once the user approved it. */
  readonly overrides: ReadonlyMap<string, string>;
}

const BUNDLED = fileURLToPath(new URL('templates/prompts/', PACKAGE_ROOT));

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

/** Where a repository keeps its own prompts, relative to its top. */
export const OVERRIDES_FOLDER = '.nexus/templates';

/**
 * Reads the bundled prompts and the repository's own; outside a repository (undefined) the bundled ones alone.
 * @throws NexusError `template-unknown` (no template has that name), `template-unreadable`, `template-incomplete` (a
 * placeholder is missing), `template-placeholder` (nothing is ever filled in there)
 */
export async function loadTemplates(root: string | undefined): Promise<Templates> {
  const overrides =
    root === undefined ? new Map<string, string>() : await readOverrides(join(root, OVERRIDES_FOLDER));
  const texts = new Map<string, string>();
  for (const name of Object.keys(TEMPLATES)) {
    texts.set(name, overrides.get(`${name}.md`) ?? (await readFile(join(BUNDLED, `${name}.md`), 'utf8')));
  }
  return {
    overrides,
    fill: (name, values = {}) => fillTemplate(texts.get(name) ?? '', values),
  };
}

async function readOverrides(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return found;
    throw unreadable(OVERRIDES_FOLDER, error);
  }
  for (const fileName of names) {
    const name = fileName.slice(0, -'.md'.length);
    if (!isTemplateName(name)) throw unknownTemplate(fileName);
    const text = await readOverride(folder, fileName);
    assertUsable(name, text);
    found.set(fileName, text);
  }
  return found;
}

async function readOverride(folder: string, fileName: string): Promise<string> {
  try {
    return (await readFile(join(folder, fileName), 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw unreadable(`${OVERRIDES_FOLDER}/${fileName}`, error);
  }
}

function isTemplateName(name: string): name is TemplateName {
  return Object.hasOwn(TEMPLATES, name);
}

function assertUsable(name: TemplateName, text: string): void {
  const { needs, knows } = TEMPLATES[name];
  const known: readonly string[] = [...needs, ...knows];
  const used = [...text.matchAll(PLACEHOLDER)].map((match) => match[0].slice(2, -2));
  const missing = needs.filter((placeholder) => !used.includes(placeholder));
  const unknown = [...new Set(used)].filter((placeholder) => !known.includes(placeholder));
  if (missing.length > 0) {
    throw new NexusError({
      code: 'template-incomplete',
      message: `${OVERRIDES_FOLDER}/${name}.md has no place for ${braced(missing)}.`,
      remedy: 'Add it, or remove the file to use the template that comes with Nexus.',
      exitCode: EXIT.config,
    });
  }
  if (unknown.length === 0) return;
  throw new NexusError({
    code: 'template-placeholder',
    message: `${OVERRIDES_FOLDER}/${name}.md has ${braced(unknown)}, for which there is never a value.`,
    remedy:
      known.length === 0
        ? 'Remove it: this template has no placeholders.'
        : `Remove it, or use one of: ${braced(known)}.`,
    exitCode: EXIT.config,
  });
}

function braced(names: readonly string[]): string {
  return names.map((name) => `{{${name}}}`).join(', ');
}

function unknownTemplate(fileName: string): NexusError {
  return new NexusError({
    code: 'template-unknown',
    message: `${OVERRIDES_FOLDER}/${fileName} is not the name of a prompt template.`,
    remedy: `Remove it, or name it like one of: ${Object.keys(TEMPLATES).join(', ')}.`,
    exitCode: EXIT.config,
  });
}

function unreadable(path: string, cause: unknown): NexusError {
  return new NexusError({
    code: 'template-unreadable',
    message: `${path} can't be read: ${messageOf(cause)}`,
    remedy: 'Make it readable, or remove it to use the templates that come with Nexus.',
    exitCode: EXIT.config,
    cause,
  });
}

/** Fills `{{name}}`; a placeholder without a value stays empty. The result has no blank space at its end. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const known = new Map(Object.entries(values));
  return template
    .replaceAll('\r\n', '\n')
    .replaceAll(PLACEHOLDER, (_, name: string) => known.get(name) ?? '')
    .trimEnd();
}
