import type { ImportedName, SourceParser } from '../../syntax/types.js';

/** Where an imported name comes from and how it is called there. */
interface Origin {
  module: string;
  name: string;
}

/** Modules that models take for one another, and that do give the same thing. */
const SAME_PYTHON = /^(?:typing|typing_extensions|collections\.abc)$/;
const SAME_RUST = /^(?:std|core|alloc)::/;

/**
 * Whether two imports under one name bring in the same thing, as far as that can be told: the path of a module of one's own
 * may be written in several ways, a default import stands for a namespace, one of two standard modules for the other.
 */
export function isSameImport(one: ImportedName, other: ImportedName, { language }: SourceParser): boolean {
  if (one.key === other.key) return true;
  const [a, b] = [originOf(one, language), originOf(other, language)];
  if (!isSameModule(a.module, b.module, language)) return false;
  return a.name === b.name || isWhole(a.name) || isWhole(b.name);
}

/** Whether an import means the file itself: models write one into code that they were shown. */
export function isOwnModule(imported: ImportedName, path: string, { language }: SourceParser): boolean {
  const { module } = originOf(imported, language);
  const stem = (path.split('/').at(-1) ?? '').replace(/\.\w+$/, '');
  return module !== '' && lastPart(module) === stem;
}

function originOf({ key, local }: ImportedName, language: string): Origin {
  if (language === 'Python') {
    const [module = '', name] = key.replace(/ as .*$/, '').split(':');
    return { module, name: name ?? '*' };
  }
  const script = /^(.*?) (?:(?:type|typeof) )?(\S+) as (\S+)$/.exec(key);
  if (/Script$|^TSX$/.test(language) && script !== null) {
    return { module: script[1] ?? '', name: script[2] ?? '' };
  }
  const path = key.replace(/ as .*$/, '');
  if (language !== 'Rust') return { module: path, name: local };
  const cut = path.lastIndexOf('::');
  return { module: path.slice(0, Math.max(0, cut)), name: path.slice(cut < 0 ? 0 : cut + 2) };
}

function isSameModule(one: string, other: string, language: string): boolean {
  if (one === other) return true;
  switch (language) {
    case 'Python':
      if (SAME_PYTHON.test(one) && SAME_PYTHON.test(other)) return true;
      return isSamePython(one, other);
    case 'Rust': {
      if (one.replace(SAME_RUST, '') === other.replace(SAME_RUST, '')) return true;
      const isCrate = (path: string) => /^(?:crate|super|self)\b/.test(path);
      return (isCrate(one) || isCrate(other)) && one.split('::').at(-1) === other.split('::').at(-1);
    }
    case 'JavaScript':
    case 'TypeScript':
    case 'TSX':
      if (one.replace(/^node:/, '') === other.replace(/^node:/, '')) return true;
      return (
        (isOwn(one) || isOwn(other)) && isPath(one) && isPath(other) && lastPart(one) === lastPart(other)
      );
    default:
      return false;
  }
}

/** A relative path names the end of an absolute one, and that may begin further down. */
function isSamePython(one: string, other: string): boolean {
  const [a, b] = [one.replace(/^\.+/, ''), other.replace(/^\.+/, '')];
  if (a === one && b === other) return a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
  return a === '' || b === '' || lastPart(a) === lastPart(b);
}

/** A path within the project: relative, or below an alias of its root. */
function isOwn(module: string): boolean {
  return /^(?:\.|[@~#]\/|~)/.test(module);
}

/** More than the bare name of a package. */
function isPath(module: string): boolean {
  return module.includes('/') || isOwn(module);
}

function lastPart(module: string): string {
  const last = module.split('/').at(-1) ?? '';
  const bare = last.replace(/\.(?:[cm]?[jt]sx?|json)$/, '');
  return module.includes('/') ? bare : (bare.split('.').at(-1) ?? bare);
}

function isWhole(name: string): boolean {
  return name === 'default' || name === '*';
}
