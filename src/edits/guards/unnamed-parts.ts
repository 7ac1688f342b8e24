/** Longer lines hold no title that a person wrote, and cost a regular expression too much. */
const LONGEST_LINE = 400;

const SCRIPT = [
  /^\s*(?:await\s+)?(?:it|test|describe|suite|context|bench)(?:\.\w+)*\(\s*(['"`])(.+?)\1/,
  /^\s*\w+\.(?:get|post|put|patch|delete|use|all|on)\(\s*(['"`])(.+?)\1\s*,/,
];
const YAML = [/^()([\w.-]+|"[^"]+"|'[^']+')\s*:/];
const STYLES = [/^()([^\s@{}/*][^{};]*)\{/];
const MARKDOWN = [/^()(#{1,6}\s+.+)$/];
const SECTIONS = [/^()(\[\[?[^\]]+\]\]?)\s*$/, /^()([\w.-]+)\s*=/];

const CODE: Readonly<Record<string, readonly RegExp[]>> = {
  js: SCRIPT,
  jsx: SCRIPT,
  mjs: SCRIPT,
  cjs: SCRIPT,
  ts: SCRIPT,
  tsx: SCRIPT,
  mts: SCRIPT,
  cts: SCRIPT,
};
const DATA: Readonly<Record<string, readonly RegExp[]>> = {
  yml: YAML,
  yaml: YAML,
  css: STYLES,
  scss: STYLES,
  less: STYLES,
  md: MARKDOWN,
  mdx: MARKDOWN,
  markdown: MARKDOWN,
  toml: SECTIONS,
  ini: SECTIONS,
  cfg: SECTIONS,
};

/**
 * What a file is made of where that has no name of a declaration: the titles of tests, the paths of routes; with
 * `withData` also the top-level keys of JSON, YAML, TOML and INI files, selectors of style sheets, headings of Markdown. By
 * patterns, line by line.
 */
export function listUnnamedParts(path: string, text: string, withData: boolean): string[] {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  if (withData && extension === 'json') return listKeys(text);
  if (!Object.hasOwn(CODE, extension) && !(withData && Object.hasOwn(DATA, extension))) return [];
  const rules = CODE[extension] ?? DATA[extension] ?? [];
  if (rules.length === 0) return [];
  return text.split('\n').flatMap((line) => {
    if (line.length > LONGEST_LINE) return [];
    const found = rules.map((rule) => rule.exec(line)?.[2]?.trim()).find((part) => part !== undefined);
    return found === undefined ? [] : [found];
  });
}

function listKeys(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}
