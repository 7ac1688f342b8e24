import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root, toWhole, withCompiled } from './compile-typescript.mjs';

// npm run bench:edits [-- --seed S --cases N]: see docs/bench-edits.md.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '100' },
    only: { type: 'string', multiple: true, default: [] },
    alone: { type: 'boolean', default: false },
    format: { type: 'string' },
    show: { type: 'string', default: '0' },
    'show-refused': { type: 'boolean', default: false },
    grammars: { type: 'boolean', default: false },
  },
});
await withCompiled(['scripts/bench-edits/main.ts'], async ([path]) => {
  // The compiled parsers look for the grammars that the build copied.
  const compiled = join(dirname(path), '..', '..');
  mkdirSync(join(compiled, 'dist'));
  symlinkSync(join(root, 'dist', 'grammars'), join(compiled, 'dist', 'grammars'), 'junction');
  const { run } = await import(pathToFileURL(path).href);
  await run({
    cache: join(root, 'node_modules', '.cache', 'bench-edits'),
    seed: values.seed,
    cases: toWhole('--cases', values.cases),
    only: values.only,
    alone: values.alone,
    format: values.format,
    show: Number(values.show),
    showRefused: values['show-refused'],
    grammars: values.grammars,
  });
});
