import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolder, FIXED_SUM, fixSum, snapshot, SUM } from '../commands/apply-scene.js';
import { applyDocument, errorDocument } from '../commands/json-documents.js';
import { startNexus, type Spawned } from './spawn-nexus.js';

async function applyPiped(cwd: string, args: readonly string[], reply: string): Promise<Spawned> {
  const { child, done } = startNexus(['apply', '-', ...args], { cwd, pipe: true });
  child.stdin?.end(reply);
  return done;
}

it('applies what is piped into it, in a folder that is no repository', async () => {
  const cwd = createFolder({ 'src/sum.js': SUM });
  const dry = await applyPiped(cwd, ['--dry-run'], fixSum('src/sum.js'));
  expect(dry).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('would apply 1 edit in 1 file') });
  expect(dry.stdout).toMatch(/^diff --git a\/src\/sum\.js b\/src\/sum\.js\n/u);
  expect(snapshot(cwd)['src/sum.js']).toContain(SUM);
  const applied = await applyPiped(cwd, ['--json'], fixSum('src/sum.js'));
  expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
  expect(applyDocument.parse(JSON.parse(applied.stdout))).toMatchObject({ applied: true, diff: dry.stdout });
  expect(readFileSync(join(cwd, 'src/sum.js'), 'utf8')).toBe(FIXED_SUM);
  const again = await applyPiped(cwd, ['--json'], fixSum('src/sum.js'));
  expect(again.exitCode).toBe(1);
  expect(applyDocument.parse(JSON.parse(again.stdout)).rejections).toMatchObject([{ code: 'no-change' }]);
});

it('Ctrl-C while it waits for the reply ends it, with nothing written', async () => {
  const cwd = createFolder({ 'sum.js': SUM });
  const before = snapshot(cwd);
  // Says when it has begun to read: only then is there something to interrupt.
  const announce = `process.stdin.on('newListener', (event) => {
    if (event === 'readable') process.stderr.write('reading\\n');
  })`;
  const { child, done } = startNexus(['apply', '-', '--json'], { cwd, pipe: true, before: announce });
  child.stdin?.write(fixSum('sum.js'));
  if (child.stderr !== null) await once(child.stderr, 'data');
  child.kill('SIGINT');
  const { exitCode, stdout } = await done;
  expect(exitCode).toBe(130);
  expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe('interrupted');
  expect(snapshot(cwd)).toEqual(before);
});
