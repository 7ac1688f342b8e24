import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root, toWhole, withCompiled } from './compile-typescript.mjs';

// npm run bench:edits [-- --seed S --cases N]: what the edit engine and others make of damaged replies whose right result
// is known; see docs/bench-edits.md. A whole run writes its tables into that page and the README, and exits with 1 when a
// promise is broken. With --only DAMAGE, --alone or --format F it prints those rows, and cases with --show N.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '100' },
    only: { type: 'string', multiple: true, default: [] },
    alone: { type: 'boolean', default: false },
    format: { type: 'string' },
    show: { type: 'string', default: '0' },
    'show-refused': { type: 'boolean', default: false },
    'no-peers': { type: 'boolean', default: false },
    'no-grammars': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const isWhole = values.only.length === 0 && !values.alone && values.format === undefined;

await withCompiled(['scripts/bench-edits/report.ts', 'scripts/bench-edits/worker.ts'], async ([path]) => {
  // The compiled parsers look for the grammars that the build copied.
  const compiled = join(dirname(path), '..', '..');
  mkdirSync(join(compiled, 'dist'));
  symlinkSync(join(root, 'dist', 'grammars'), join(compiled, 'dist', 'grammars'), 'junction');
  const { report } = await import(pathToFileURL(path).href);
  const options = {
    root,
    cache: join(root, 'node_modules', '.cache', 'bench-edits'),
    scripts: join(root, 'scripts'),
    seed: values.seed,
    cases: toWhole('--cases', values.cases),
    only: values.only,
    alone: values.alone,
    format: values.format,
    peers: isWhole && !values['no-peers'],
    show: Number(values.show),
    showRefused: values['show-refused'],
    withoutParsers: values['no-grammars'],
  };
  const holds = await report(options, { isWhole, json: values.json });
  if (!holds) process.exitCode = 1;
});
