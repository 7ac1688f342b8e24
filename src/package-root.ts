/**
 * The folder of the package, in which templates, schemas and grammars lie. Only from here: the shipped program is a few
 * files in one folder (scripts/build.mjs), so the place of any other module is not that of its source.
 */
export const PACKAGE_ROOT = new URL('../', import.meta.url);
