const NAME = '([A-Za-z_$][\\w$]*)';

/** One way in which a language family declares a name at the start of a line; group 1 is the name. */
function rule(pattern: string): RegExp {
  return new RegExp(`^${pattern}`);
}

const SCRIPT = [
  rule(`(?:export\\s+)?(?:default\\s+)?(?:declare\\s+)?(?:async\\s+)?function\\s*\\*?\\s*${NAME}`),
  rule(`(?:export\\s+)?(?:default\\s+)?(?:declare\\s+)?(?:abstract\\s+)?class\\s+${NAME}`),
  rule(`(?:export\\s+)?(?:declare\\s+)?(?:const\\s+enum|enum|interface|namespace|module)\\s+${NAME}`),
  rule(`(?:export\\s+)?(?:declare\\s+)?type\\s+${NAME}\\s*(?:<[^=]*>)?\\s*=`),
  rule(`(?:export\\s+)?(?:declare\\s+)?(?:const|let|var)\\s+${NAME}`),
  rule(`(?:module\\.)?exports\\.${NAME}\\s*=`),
];
const PYTHON = [
  rule(`(?:async\\s+)?def\\s+${NAME}`),
  rule(`class\\s+${NAME}`),
  rule(`(?: {4}|\\t| {2})(?:async\\s+)?def\\s+${NAME}`),
  rule(`([A-Z][A-Z0-9_]{2,})\\s*(?::[^=]+)?=[^=]`),
];
const GO = [
  rule(`func\\s+(?:\\([^)]*\\)\\s*)?${NAME}`),
  rule(`type\\s+${NAME}`),
  rule(`(?:var|const)\\s+${NAME}`),
];
const RUST = [
  rule(
    `\\s*(?:pub(?:\\([^)]*\\))?\\s+)?(?:default\\s+)?(?:const\\s+)?(?:async\\s+)?(?:unsafe\\s+)?(?:extern\\s+"[^"]*"\\s+)?fn\\s+${NAME}`,
  ),
  rule(
    `(?:pub(?:\\([^)]*\\))?\\s+)?(?:struct|enum|trait|type|union|mod|static|const|macro_rules!)\\s+${NAME}`,
  ),
];
const CURLY = [
  rule(
    `\\s*(?:(?:public|private|protected|internal|static|final|abstract|sealed|partial|open|data|override|async|virtual|inline|suspend)\\s+)*(?:class|interface|enum|record|struct|object|trait|namespace)\\s+${NAME}`,
  ),
  rule(
    `\\s*(?:(?:public|private|protected|internal|static|final|abstract|override|async|virtual|synchronized|native)\\s+)+[\\w<>\\[\\],.?\\s]*?\\b${NAME}\\s*\\([^;]*$`,
  ),
  rule(`\\s*(?:\\w+\\s+)*fun\\s+(?:<[^>]*>\\s*)?(?:\\w+\\.)?${NAME}\\s*\\(`),
  rule(`\\s*(?:\\w+\\s+)*func\\s+${NAME}`),
];
const C_LIKE = [
  rule(
    `(?!(?:return|else|typedef|if|for|while|switch)\\b)(?:[\\w:*&<>,]+\\s+)+[*&]*(?:\\w+::)*~?${NAME}\\s*\\([^;]*$`,
  ),
  rule(`(?:typedef\\s+)?(?:struct|enum|union|class|namespace)\\s+${NAME}`),
  rule(`#\\s*define\\s+${NAME}`),
];
const RUBY = [rule(`\\s*def\\s+(?:self\\.)?([A-Za-z_]\\w*[?!=]?)`), rule(`\\s*(?:class|module)\\s+${NAME}`)];
const PHP = [
  rule(`\\s*(?:(?:public|private|protected|static|final|abstract)\\s+)*function\\s+&?${NAME}`),
  rule(`(?:final\\s+|abstract\\s+)?(?:class|interface|trait|enum)\\s+${NAME}`),
];
const SHELL = [rule(`(?:function\\s+)?([A-Za-z_][\\w-]*)\\s*\\(\\)`), rule(`function\\s+([A-Za-z_][\\w-]*)`)];
const LUA = [rule(`(?:local\\s+)?function\\s+([\\w.:]+)`)];
const SQL = [
  rule(
    `\\s*(?:CREATE|create)\\s+(?:OR\\s+REPLACE\\s+)?(?:TEMP(?:ORARY)?\\s+)?(?:TABLE|VIEW|FUNCTION|PROCEDURE|INDEX|TRIGGER|TYPE|table|view|function|procedure|index|trigger|type)\\s+(?:IF\\s+NOT\\s+EXISTS\\s+|if\\s+not\\s+exists\\s+)?([\\w."]+)`,
  ),
];
const ELIXIR = [rule(`\\s*(?:def|defp|defmodule|defmacro)\\s+([\\w.]+[?!]?)`)];

const RULES: Readonly<Record<string, readonly RegExp[]>> = {
  js: SCRIPT,
  jsx: SCRIPT,
  mjs: SCRIPT,
  cjs: SCRIPT,
  ts: SCRIPT,
  tsx: SCRIPT,
  mts: SCRIPT,
  cts: SCRIPT,
  vue: SCRIPT,
  svelte: SCRIPT,
  py: PYTHON,
  pyi: PYTHON,
  go: GO,
  rs: RUST,
  java: CURLY,
  kt: CURLY,
  kts: CURLY,
  cs: CURLY,
  scala: CURLY,
  swift: CURLY,
  dart: [...CURLY, ...C_LIKE],
  c: C_LIKE,
  h: C_LIKE,
  cc: C_LIKE,
  cpp: C_LIKE,
  cxx: C_LIKE,
  hpp: C_LIKE,
  hh: C_LIKE,
  m: C_LIKE,
  rb: RUBY,
  php: PHP,
  sh: SHELL,
  bash: SHELL,
  zsh: SHELL,
  lua: LUA,
  sql: SQL,
  ex: ELIXIR,
  exs: ELIXIR,
};

/** Longer lines hold no declaration that a person wrote, and cost a regular expression too much. */
const LONGEST_LINE = 400;

/** What may be opened several times, or announced: only functions are counted. */
const IS_NO_FUNCTION =
  /^\s*(?:[\w@]+\s+)*(?:class|module|namespace|struct|enum|union|interface|object|record|trait|type|extension|impl|defmodule)\s/;

/**
 * The names that a file declares at the start of its lines: functions, classes, types and constants, in Python and the
 * languages with braces also methods. Found by patterns for each language family; an unknown one declares nothing.
 */
export function listDeclarations(path: string, text: string): Set<string> {
  return new Set(countDeclarations(path, text).keys());
}

/** The same with how often each name is declared; what is no function counts once. */
export function countDeclarations(path: string, text: string): Map<string, number> {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const rules = Object.hasOwn(RULES, extension) ? (RULES[extension] ?? []) : [];
  const names = new Map<string, number>();
  if (rules.length === 0) return names;
  for (const line of text.split('\n')) {
    if (line.length > LONGEST_LINE) continue;
    for (const pattern of rules) {
      const name = pattern.exec(line)?.[1];
      if (name === undefined) continue;
      const known = names.get(name) ?? 0;
      names.set(name, IS_NO_FUNCTION.test(line) ? Math.max(known, 1) : known + 1);
      break;
    }
  }
  return names;
}

const IMPORT = /^\s*(?:import\b|from\s+\S+\s+import\b|use\s|using\s|require\b|#\s*include\b)/;
const IMPORT_WORDS = new Set([
  'import',
  'from',
  'as',
  'use',
  'using',
  'type',
  'static',
  'require',
  'self',
  'crate',
  'super',
  'default',
  'include',
]);

/** The names that a file's one-line imports bring in. */
export function listImports(text: string): Set<string> {
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.length > LONGEST_LINE || !IMPORT.test(line)) continue;
    const binding = line.replace(/(['"<]).*?['">]/g, ' ').replace(/^\s*from\s+\S+/, ' ');
    for (const word of binding.match(/[A-Za-z_$][\w$]*/g) ?? []) if (!IMPORT_WORDS.has(word)) names.add(word);
  }
  return names;
}

/** Whether `name` stands in `text` as a word of its own. */
export function mentions(text: string, name: string): boolean {
  let at = text.indexOf(name);
  while (at >= 0) {
    const before = text.charAt(at - 1);
    const after = text.charAt(at + name.length);
    if (!/[\w$]/.test(before) && !/[\w$]/.test(after)) return true;
    at = text.indexOf(name, at + 1);
  }
  return false;
}
