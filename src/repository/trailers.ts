/**
 * Trailers as `%(trailers:only,unfold)` prints them (one `Key: value` a line), by lower-case key, in order. The
 * separator is fixed to `:` by our configuration.
 */
export function parseTrailers(text: string): ReadonlyMap<string, readonly string[]> {
  const trailers = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const key = line.slice(0, colon).trim().toLowerCase();
    const values = trailers.get(key) ?? [];
    values.push(line.slice(colon + 1).trim());
    trailers.set(key, values);
  }
  return trailers;
}
