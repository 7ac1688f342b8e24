import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, hasCode, NexusError } from '../errors.js';

/** Every prompt template, with the placeholders that it must hold. */
const TEMPLATES = {
  'overseer-system': [],
  'coder-system': [],
  'choose-files': ['max_files'],
  plan: ['max_steps'],
  'plan-complaint': ['complaints'],
  step: ['title', 'instruction', 'files'],
  repair: ['failures'],
  'format-whole-file': [],
  'format-search-replace': [],
  'format-unified-diff': [],
  document: ['diff'],
  'update-document': ['diff', 'path'],
  'write-document': ['path'],
} as const satisfies Record<string, readonly string[]>;

export type TemplateName = keyof typeof TEMPLATES;

/** The prompt templates of one repository. */
export interface Templates {
  /** The template with its `{{placeholders}}` filled; text that is filled in is not read as a template again. */
  fill(name: TemplateName, values?: Readonly<Record<string, string>>): string;
  /** What `.nexus/templates/` overrides: file name → text. It acts only once the user approved it. */
  readonly overrides: ReadonlyMap<string, string>;
}

const BUNDLED = fileURLToPath(new URL('../../templates/prompts/', import.meta.url));

/** Where a repository keeps its own prompts, relative to its top. */
export const OVERRIDES_FOLDER = '.nexus/templates';

/**
 * Reads the bundled prompts and the repository's own.
 * @throws NexusError `template-unknown`, `template-incomplete` (a placeholder is missing)
 */
export async function loadTemplates(root: string): Promise<Templates> {
  const overrides = await readOverrides(join(root, OVERRIDES_FOLDER));
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
    throw error;
  }
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8');
    assertUsable(name, text);
    found.set(name, text);
  }
  return found;
}

function assertUsable(fileName: string, text: string): void {
  const name = fileName.slice(0, -'.md'.length);
  const needed: readonly string[] | undefined = Object.hasOwn(TEMPLATES, name)
    ? TEMPLATES[name as TemplateName]
    : undefined;
  if (needed === undefined) {
    throw new NexusError({
      code: 'template-unknown',
      message: `${OVERRIDES_FOLDER}/${fileName} is not the name of a prompt template.`,
      remedy: `Remove it, or name it like one of: ${Object.keys(TEMPLATES).join(', ')}.`,
      exitCode: EXIT.config,
    });
  }
  const missing = needed.filter((placeholder) => !text.includes(`{{${placeholder}}}`));
  if (missing.length === 0) return;
  throw new NexusError({
    code: 'template-incomplete',
    message: `${OVERRIDES_FOLDER}/${fileName} has no place for ${missing.map((m) => `{{${m}}}`).join(', ')}.`,
    remedy: 'Add it, or remove the file to use the template that comes with Nexus.',
    exitCode: EXIT.config,
  });
}

/** Fills `{{name}}`; a placeholder without a value stays empty. The result has no blank space at its end. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .replaceAll('\r\n', '\n')
    .replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')
    .trimEnd();
}
