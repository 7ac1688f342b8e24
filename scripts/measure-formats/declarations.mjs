/** Every declaration that other code can see, each followed by its members. */
export function listDeclarations(declarations) {
  return declarations.flatMap((declaration) =>
    declaration.isLocal ? [] : [declaration, ...listDeclarations(declaration.members)],
  );
}

/** `Stock.remove`: the name with what is around it. */
export function nameOf({ scope, name }) {
  return [...scope, name].join('.');
}

/**
 * What differs between two texts of one file: names of declarations, and whether anything but declarations and imports
 * does. A class differs if what is around its members does.
 */
export function compareTexts(parser, before, after) {
  const [old, changed] = [before, after].map((text) => describe(parser.parse(text), text));
  const names = new Set([...old.own.keys(), ...changed.own.keys()]);
  return {
    declarations: [...names].filter((name) => old.own.get(name) !== changed.own.get(name)),
    elsewhere: old.rest !== changed.rest,
  };
}

function describe(parsed, text) {
  const lines = text.split('\n');
  const owner = lines.map(() => 'rest');
  const own = new Map();
  const mark = (span, name) => {
    for (let line = span.from; line <= span.to; line += 1) owner[line] = name;
  };
  for (const { lines: span } of parsed.imports) mark(span, 'import');
  for (const declaration of listDeclarations(parsed.declarations)) {
    const name = `declaration ${nameOf(declaration)}`;
    mark(declaration.lines, name);
    if (declaration.doc !== undefined) mark(declaration.doc, name);
  }
  lines.forEach((line, index) => {
    const name = owner[index];
    if (line.trim() === '' || name === 'import') return;
    own.set(name, `${own.get(name) ?? ''}${line.trimEnd()}\n`);
  });
  const rest = own.get('rest') ?? '';
  own.delete('rest');
  return { own: new Map([...own].map(([name, body]) => [name.replace('declaration ', ''), body])), rest };
}
