import type { Declaration, ImportedName, ImportStatement, ParsedText } from '../../syntax/types.js';

/** The names of a file, looked up many times: a reply may hold thousands of declarations. */
export interface FileNames {
  parsed: ParsedText;
  /** All declarations of that name, members and local ones too, in the order of the file. */
  named(name: string): readonly Declaration[];
  /** What holds a member. */
  parentOf(declaration: Declaration): Declaration | undefined;
  /** A declaration at the top of the file that says the same in another way: `exports.f` for `f`, `f` for `exports.f`. */
  twinOf(name: string): Declaration | undefined;
  /** What the file imports under that name. */
  importOf(local: string): { statement: ImportStatement; name: ImportedName } | undefined;
}

const known = new WeakMap<ParsedText, FileNames>();

/** The names of a parsed file, gathered once. */
export function namesOf(parsed: ParsedText): FileNames {
  let names = known.get(parsed);
  if (names === undefined) {
    names = gather(parsed);
    known.set(parsed, names);
  }
  return names;
}

/** All of these declarations and what is in them. */
export function flatten(declarations: readonly Declaration[]): Declaration[] {
  const all: Declaration[] = [];
  const open = declarations.toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    all.push(next);
    open.push(...next.members.toReversed());
  }
  return all;
}

function gather(parsed: ParsedText): FileNames {
  const byName = new Map<string, Declaration[]>();
  const parents = new Map<Declaration, Declaration>();
  const top = [...parsed.declarations, ...parsed.statements.flatMap(({ members }) => members)];
  for (const declaration of flatten(top)) {
    const same = byName.get(declaration.name);
    if (same === undefined) byName.set(declaration.name, [declaration]);
    else same.push(declaration);
    for (const member of declaration.members) parents.set(member, declaration);
  }
  const twins = new Map<string, Declaration[]>();
  for (const declaration of parsed.declarations) {
    const plain = withoutExports(declaration.name);
    twins.set(plain, [...(twins.get(plain) ?? []), declaration].slice(0, 2));
  }
  const imports = new Map<string, { statement: ImportStatement; name: ImportedName }>();
  for (const statement of parsed.imports) {
    for (const name of statement.names)
      if (name.local !== '' && !imports.has(name.local)) imports.set(name.local, { statement, name });
  }
  return {
    parsed,
    named: (name) => byName.get(name) ?? [],
    parentOf: (declaration) => parents.get(declaration),
    twinOf: (name) => {
      const plain = withoutExports(name);
      if (plain === 'exports' || plain === 'module.exports') return undefined;
      return twins.get(plain)?.find((candidate) => candidate.name !== name);
    },
    importOf: (local) => imports.get(local),
  };
}

function withoutExports(name: string): string {
  return name.replace(/^(?:module\.)?exports\./, '');
}
