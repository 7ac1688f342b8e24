/** The lines that do not stand in `oldText`, white space around them aside; all of them when there is no old text. */
export function linesBeyond(lines: readonly string[], oldText: string | undefined): string[] {
  const known = new Set((oldText ?? '').split('\n').map((line) => line.trim()));
  return lines.filter((line) => !known.has(line.trim()));
}
