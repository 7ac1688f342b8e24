import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { applyToFiles } from '../../src/engine/apply/apply-to-files.js';
import type { NexusError } from '../../src/errors.js';
import { createLoader } from '../../src/syntax/load-parsers.js';
import { createFolder, FIXED_SUM, fixSum, SUM } from '../commands/apply-scene.js';

it('an installation without grammars says so once for each language, and does what needs none', async () => {
  const root = createFolder({ 'a.js': SUM, 'b.js': SUM, 'c.py': 'x = 1\n' });
  const missing: NexusError[] = [];
  const report = await applyToFiles({
    reply: `${fixSum('a.js')}\n${fixSum('b.js')}`,
    replyFile: undefined,
    root,
    names: undefined,
    format: undefined,
    dryRun: false,
    signal: new AbortController().signal,
    onMissing: (error) => missing.push(error),
    loadParsers: createLoader(pathToFileURL(join(createFolder(), 'none/'))),
  });
  expect(report).toMatchObject({ applied: true, rejections: [] });
  expect(readFileSync(join(root, 'b.js'), 'utf8')).toBe(FIXED_SUM);
  expect(missing.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(/^grammar-missing The grammar of JavaScript could not be loaded from /),
  ]);
});
