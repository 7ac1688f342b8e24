import type { ParsedText, SourceParser } from '../../syntax/types.js';

const IMPORT =
  /^\s*import\s+(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}\s*)?(?:\*\s+as\s+([\w$]+)\s*)?(?:from\s+)?(['"])([^'"]+)\4\s*;?\s*$/;
const REQUIRE =
  /^\s*(?:const|let|var)\s+(?:([\w$]+)|\{([^}]*)\})\s*=\s*require\(\s*(['"])([^'"]+)\3\s*\)\s*;?\s*$/;

/**
 * A JavaScript import in the way of the file: `require` where the file has only that, `import` where it has that. Other
 * languages, and what cannot be written the other way on one line, stay as they are.
 */
export function convertImport(
  lines: readonly string[],
  fileLines: readonly string[],
  file: ParsedText,
  parser: SourceParser,
): readonly string[] {
  if (parser.language !== 'JavaScript') return lines;
  const heads = file.imports.map((statement) => fileLines[statement.lines.from] ?? '');
  const imports = heads.some((line) => /^\s*import\b/.test(line));
  const requires = heads.some((line) => /\brequire\(/.test(line)) || exportsByName(file);
  const exportsAsModule = file.declarations.some(({ visibility }) => visibility.startsWith('export'));
  const text = lines.join(' ');
  if (requires && !imports && !exportsAsModule) return toRequire(text) ?? lines;
  if ((imports || exportsAsModule) && !requires) return toImport(text) ?? lines;
  return lines;
}

function exportsByName(file: ParsedText): boolean {
  return file.declarations.some(({ name }) => /^(?:module\.exports|exports)\b/.test(name));
}

function toRequire(text: string): string[] | undefined {
  const match = IMPORT.exec(text);
  if (match === null) return undefined;
  const [, byDefault, list, namespace, quote = "'", module = ''] = match;
  const from = `require(${quote}${module}${quote});`;
  const whole = byDefault ?? namespace;
  if (whole === undefined && list === undefined) return [from];
  const names = list
    ?.replace(/\s+as\s+/g, ': ')
    .trim()
    .replace(/,$/, '');
  return [
    ...(whole === undefined ? [] : [`const ${whole} = ${from}`]),
    ...(names === undefined ? [] : [`const { ${names} } = ${from}`]),
  ];
}

function toImport(text: string): string[] | undefined {
  const match = REQUIRE.exec(text);
  if (match === null) return undefined;
  const [, whole, list, quote = "'", module = ''] = match;
  const names = list
    ?.replace(/\s*:\s*/g, ' as ')
    .trim()
    .replace(/,$/, '');
  return [`import ${whole ?? `{ ${names} }`} from ${quote}${module}${quote};`];
}
