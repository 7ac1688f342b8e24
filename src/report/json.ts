/**
 * `value` as JSON for stdout. C1 controls and DEL are legal in JSON, but a terminal obeys them: they are escaped, which
 * changes nothing for who parses it.
 */
export function renderJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    UNESCAPED_CONTROLS,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

const UNESCAPED_CONTROLS = /[\u007F-\u009F]/gu;
