/** Names of files that have neither a dot nor a slash. */
const BARE_NAMES =
  /^(?:Makefile|Dockerfile|Containerfile|Vagrantfile|Jenkinsfile|Procfile|Rakefile|Gemfile|Brewfile|Justfile|justfile|makefile|LICENSE|README|CHANGELOG|AUTHORS|NOTICE|CODEOWNERS|BUILD|WORKSPACE)$/;
/** Products that are called like a file; a heading with one names no file unless a folder stands before it. */
const PRODUCT =
  /^(?:node|vue|next|nuxt|react|express|three|d3|ember|angular|backbone|chart|p5|asp|socket|moment|bun|deno)\.(?:js|net|io)$/i;
/** A path as models write it: no spaces unless quoted, at least a dot or a slash inside. */
const PATH = /^(?:[\w.@~$+#()[\]{}!,:=&%'-]|[^\0-\x7F]|[/\\])+$/;
/** Opening words of comments in all syntaxes, and what ends a block comment. */
const COMMENT =
  /^\s*(?:\/\/+!?|#+!?|--(?!-)|;+|%+|\/\*+|<!--+|\(\*|\{-|"""|'''|REM\b|')\s*(.*?)\s*(?:\*\/|--+>|\*\)|-\}|"""|''')?\s*$/;
const LABEL =
  /^(?:new |updated |modified |full |complete |the )*(?:file ?name|file ?path|file|path)\s*[:=]?\s+|^(?:file ?name|file ?path|file|path)\s*[:=]\s*/i;

/**
 * Whether a bare word can be a path: it needs a slash or an extension, so that language names, sentences and numbers
 * are not taken for files (aider #2879, #157, #900, #2089).
 */
function looksLikePath(word: string): boolean {
  if (word.length > 300 || !PATH.test(word)) return false;
  if (BARE_NAMES.test(word)) return true;
  if (PRODUCT.test(word)) return false;
  if (/^https?:|^\w+:\/\//i.test(word)) return false;
  const name = word.split(/[/\\]/).at(-1) ?? '';
  if (name === '' || /^\.+$/.test(name)) return false;
  if (/^[\d.,:]+$/.test(word) || /\($|\)$|^[({[]/.test(name)) return false;
  if (/^\.[\w-]/.test(name) || /[^.]\.[A-Za-z][\w+-]{0,15}$/.test(name) || /[^.]\.\d$/.test(name))
    return true;
  return /[/\\]/.test(word) && /[\w]/.test(name) && !/[,:;!?]$/.test(name);
}

const SOURCE =
  /\.(?:[cm]?[jt]sx?|pyi?|go|rs|java|kts?|c|h|cc|cpp|cxx|hpp|hh|cs|rb|php|swift|scala|dart|lua|exs?|sh|bash|ps1|sql|html?|s?css|less|vue|svelte|json[c5]?|ya?ml|toml|xml|md|mdx|txt|proto|graphql)$/i;

/** Whether a word is the name of a file by its extension: `arr.length` and `e.g` are none. */
export function isSourceName(word: string): boolean {
  return looksLikePath(word) && SOURCE.test(word);
}

/** Takes quotes, emphasis, a label (`File:`), list numbers and a trailing colon off a line; what is left may be a path. */
export function stripDecoration(line: string): string {
  let text = line.trim();
  for (let round = 0; round < 4; round += 1) {
    const before = text;
    text = text
      .replace(/^(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+/, '')
      .replace(/^(\*\*|__|`+|"|'|\*|_(?=`))(.*?)\1?:?$/s, (whole, mark: string, inner: string) =>
        whole.endsWith(mark) || whole.endsWith(`${mark}:`) || (mark.length > 1 && mark !== '__')
          ? inner.trim()
          : whole,
      )
      .replace(LABEL, '')
      .replace(/[:：]$/, '')
      .replace(/\s*\((?:new|new file|updated|modified|created|deleted|original|unchanged)\)$/i, '')
      .trim();
    if (text === before) break;
  }
  return text;
}

/** The path that a line consists of ("### `src/a.js`", "**File: src/a.js**", "2. src/a.js:"), or undefined. */
export function pathOfLine(line: string): string | undefined {
  if (line.length > 400) return undefined;
  const labelled = LABEL.test(line.trim().replace(/^[#>*\-\d.)\s`]+/, ''));
  const quoted = /`[^`]+`|\*\*[^*]+\*\*|"[^"]+"/.test(line);
  const text = stripDecoration(line);
  if (looksLikePath(text)) return text;
  // A name with spaces is believed when it is quoted or labelled, and ends in an extension.
  const isName = /^[^<>:"|?*\p{Cc}]+\.[A-Za-z]\w{0,9}$/u.test(text);
  return (labelled || quoted) && isName && text.length < 250 ? text : undefined;
}

/** The one back-quoted path in a sentence ("Here is the new `src/a.js` with the fix:"), or undefined. */
export function pathInSentence(line: string): string | undefined {
  if (line.length > 600) return undefined;
  const found = new Set<string>();
  for (const match of line.matchAll(/`([^`\s]+)`|\*\*([^*\s]+)\*\*/g)) {
    const word = match[1] ?? match[2] ?? '';
    if (looksLikePath(word) && !/[()]/.test(word)) found.add(word);
  }
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

/** The path in a fence's info string: "js src/a.js", "js:src/a.js", "src/a.js", `js title="src/a.js"`. */
export function pathOfInfo(info: string): { path: string | undefined; tag: string } {
  const attribute =
    /(?:^|[\s{,])(?:title|file|filename|filepath|path|name)\s*[=:]\s*(?:"([^"]+)"|'([^']+)'|([^\s}"']+))/i.exec(
      info,
    );
  const first = info.split(/[\s{]/, 1)[0] ?? '';
  const tag = /^[\w+#.-]+/.exec(first)?.[0].toLowerCase() ?? '';
  if (attribute !== null) {
    const path = attribute[1] ?? attribute[2] ?? attribute[3];
    return { path, tag: /^(?:title|file|filename|filepath|path|name)$/.test(tag) ? '' : tag };
  }
  const colon = /^([\w+#-]{0,20}):(.+)$/.exec(info);
  if (colon?.[2] !== undefined && looksLikePath(colon[2].trim()) && !/^(?:\\|\/\/)/.test(colon[2])) {
    return { path: colon[2].trim(), tag: (colon[1] ?? '').toLowerCase() };
  }
  if (looksLikePath(first)) return { path: first, tag: '' };
  const rest = stripDecoration(info.slice(first.length).replace(/^\s*(?:\/\/|#|--|\||-)\s*/, ''));
  return { path: looksLikePath(rest) ? rest : undefined, tag };
}

/** The path that a first line's comment consists of ("// src/a.js", "<!-- File: a.html -->"), or undefined. */
export function pathOfComment(line: string): string | undefined {
  if (line.length > 400) return undefined;
  const text = COMMENT.exec(line)?.[1];
  if (text === undefined || text === '') return undefined;
  const path = stripDecoration(text);
  return looksLikePath(path) ? path : undefined;
}
