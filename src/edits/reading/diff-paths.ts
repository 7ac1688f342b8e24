const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
};

/** The path of a `---`, `+++` or `rename` line: unquoted, without time stamp and remarks; prefixes still on. */
export function readDiffPath(rest: string): string {
  const text = rest.trim();
  if (text.startsWith('"')) {
    const end = /^"((?:[^"\\]|\\.)*)"/.exec(text);
    if (end?.[1] !== undefined) return unquoteC(end[1]);
  }
  return text
    .replace(/\t.*$/, '')
    .replace(/\s+\d{4}-\d\d-\d\d[ T]\d\d:.*$/, '')
    .replace(/\s+\((?:original|modified|updated|old|new|before|after)\)$/i, '')
    .replace(/^[`']+|[`']+$/g, '')
    .trim();
}

/** git's C-style quoting (quote.c): octal bytes are UTF-8. */
function unquoteC(quoted: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < quoted.length;) {
    const octal = /^\\([0-3][0-7]{2})/.exec(quoted.slice(at, at + 4));
    const escaped = quoted.charAt(at) === '\\' ? ESCAPES[quoted.charAt(at + 1)] : undefined;
    if (octal?.[1] !== undefined) {
      bytes.push(Number.parseInt(octal[1], 8));
      at += 4;
    } else if (escaped !== undefined) {
      bytes.push(escaped);
      at += 2;
    } else {
      const char = String.fromCodePoint(quoted.codePointAt(at) ?? 0);
      bytes.push(...Buffer.from(char));
      at += char.length;
    }
  }
  return Buffer.from(bytes).toString('utf8');
}

/**
 * The one file that the two header paths mean, without git's prefixes where the pair shows that they are prefixes
 * (`a/` and `b/`, or `i/`, `w/`, `c/`, `o/` with mnemonic ones). Undefined when they name two files.
 */
export function joinDiffPaths(oldPath: string | undefined, newPath: string | undefined): string | undefined {
  const before = oldPath === '/dev/null' ? undefined : oldPath;
  const after = newPath === '/dev/null' ? undefined : newPath;
  if (before === undefined || after === undefined) {
    const only = before ?? after;
    return only === undefined
      ? undefined
      : stripPrefix(only, before === undefined ? /^[bwi]\// : /^[aico]\//);
  }
  if (before === after) return before;
  if (/^[a-z]\//.test(before) && /^[a-z]\//.test(after) && before.slice(2) === after.slice(2)) {
    return before.slice(2);
  }
  const plainBefore = stripPrefix(before, /^a\//);
  const plainAfter = stripPrefix(after, /^b\//);
  if (plainBefore === plainAfter) return plainAfter;
  if (isVariant(plainBefore, plainAfter)) return plainAfter;
  return isVariant(plainAfter, plainBefore) ? plainBefore : undefined;
}

function stripPrefix(path: string, prefix: RegExp): string {
  return path.replace(prefix, '');
}

/** `x.orig` is a name for the old state of `x`, and `x.new` for the new one. */
function isVariant(variant: string, path: string): boolean {
  return new RegExp(`^\\.(?:orig|original|old|bak|new|modified|updated|fixed)$`).test(
    variant.startsWith(path) ? variant.slice(path.length) : '',
  );
}
