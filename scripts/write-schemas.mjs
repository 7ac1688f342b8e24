// Writes schemas/*.json from the code's own definitions. Needs a build: `npm run build && node scripts/write-schemas.mjs`.
import { writeFile } from 'node:fs/promises';
import { createConfigJsonSchema } from '../build/config/json-schema.js';
import { createTasksJsonSchema } from '../build/tasks/json-schema.js';

const folder = new URL('../schemas/', import.meta.url);

for (const [name, schema] of [
  ['nexus.schema.json', createConfigJsonSchema()],
  ['tasks.schema.json', createTasksJsonSchema()],
]) {
  await writeFile(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
