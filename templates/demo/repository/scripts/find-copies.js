// Fails when a function stands in more than one file of src/: under the same name, or with the same body.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DECLARATION = /^(?:export )?(?:async )?(?:function|const|let) (\w+)/gm;
const BODY = /^(?:export )?(?:async )?function (\w+)\([^)]*\) \{\n(.*?)^\}/gms;

const copies = [];

/** Remembers where a name or body was seen; says so if that was in another file. */
function note(seen, key, name, file) {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, { name, file });
  else if (first.file !== file) copies.push(`${name} in src/${file} is a copy of ${first.name} in src/${first.file}`);
}

const names = new Map();
const bodies = new Map();
for (const file of readdirSync('src').sort()) {
  const text = readFileSync(join('src', file), 'utf8').replaceAll('\r\n', '\n');
  for (const [, name] of text.matchAll(DECLARATION)) note(names, name, name, file);
  for (const [, name, body] of text.matchAll(BODY)) note(bodies, body.replace(/\s+/g, ''), name, file);
}

for (const copy of new Set(copies)) console.error(copy);
process.exitCode = copies.length > 0 ? 1 : 0;
