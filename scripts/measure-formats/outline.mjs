/**
 * A file with only the declarations in `names` whole: of the others the comment above and the head, and `…` for the
 * body. What stands between declarations stays.
 */
export function outline(text, parsed, names) {
  const lines = text.split('\n');
  const drop = new Set();
  const heads = new Map();
  const fold = (declaration) => {
    const name = [...declaration.scope, declaration.name].join('.');
    if (names.includes(name) || declaration.isLocal) return;
    const holds = names.some((one) => one.startsWith(`${name}.`));
    if (holds || (declaration.kind === 'class' && declaration.members.length > 0)) {
      declaration.members.forEach(fold);
      return;
    }
    if (
      declaration.kind === 'type' ||
      !declaration.hasBody ||
      declaration.lines.to - declaration.head.line < 2
    )
      return;
    const last = endOfHead(lines, declaration);
    if (last >= declaration.lines.to) return;
    heads.set(last, `${lines[last].trimEnd()} …`);
    for (let line = last + 1; line <= declaration.lines.to; line += 1) drop.add(line);
  };
  parsed.declarations.forEach(fold);
  return lines.flatMap((line, index) => (drop.has(index) ? [] : [heads.get(index) ?? line])).join('\n');
}

function endOfHead(lines, { head, signature, lines: span }) {
  const squeeze = (text) => text.replaceAll(/\s+/g, '');
  const wanted = squeeze(signature).length;
  let seen = squeeze(lines[head.line].slice(head.column)).length;
  let line = head.line;
  while (seen < wanted && line < span.to) {
    line += 1;
    seen += squeeze(lines[line]).length;
  }
  return line;
}
