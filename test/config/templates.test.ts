import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fillTemplate, loadTemplates, OVERRIDES_FOLDER } from '../../src/config/templates.js';
import { EXIT, NexusError } from '../../src/errors.js';
import { estimateTokens } from '../../src/models/token-estimate.js';

const BUNDLED = join(import.meta.dirname, '..', '..', 'templates', 'prompts');
let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nexus-templates-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function override(name: string, text: string): void {
  mkdirSync(join(root, OVERRIDES_FOLDER), { recursive: true });
  writeFileSync(join(root, OVERRIDES_FOLDER, name), text);
}

async function errorOf(promise: Promise<unknown>): Promise<NexusError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof NexusError)) throw new Error(`expected a NexusError, got ${String(error)}`);
  return error;
}

describe('the bundled prompts', () => {
  test('are all known, and each fills every place it has', async () => {
    const names = readdirSync(BUNDLED).map((name) => name.replace(/\.md$/, ''));
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      // Overriding a template by itself must be accepted: it holds what it must, and nothing that is never filled in.
      override(`${name}.md`, readFileSync(join(BUNDLED, `${name}.md`), 'utf8'));
    }
    const { overrides } = await loadTemplates(root);
    expect([...overrides.keys()]).toEqual(names.map((name) => `${name}.md`).sort());
  });

  test('leave room: system prompt and format rules take less than 700 tokens', async () => {
    const templates = await loadTemplates(root);
    const formats = ['format-whole-file', 'format-search-replace', 'format-unified-diff'] as const;
    const longest = Math.max(...formats.map((name) => estimateTokens(templates.fill(name))));
    for (const system of ['coder-system', 'overseer-system'] as const) {
      expect(estimateTokens(templates.fill(system)) + longest).toBeLessThan(700);
    }
  });
});

describe('a repository with prompts of its own', () => {
  test('uses them, without byte order mark, and the bundled ones beside them', async () => {
    override('step.md', '\uFEFFDo {{title}}:\r\n{{instruction}} in {{files}}\r\n');
    override('notes.txt', 'not a template');
    const templates = await loadTemplates(root);
    expect(templates.fill('step', { title: 'it', instruction: 'Now', files: 'a.js' })).toBe(
      'Do it:\nNow in a.js',
    );
    expect(templates.fill('coder-system')).toContain('programmer');
    expect([...templates.overrides.keys()]).toEqual(['step.md']);
  });

  test('without the folder has none; a file in its place is none either', async () => {
    expect((await loadTemplates(root)).overrides.size).toBe(0);
    mkdirSync(join(root, '.nexus'));
    writeFileSync(join(root, OVERRIDES_FOLDER), '');
    expect((await loadTemplates(root)).overrides.size).toBe(0);
  });

  test.each(['Plan.md', 'README.md', 'constructor.md', 'toString.md'])('cannot name one %s', async (name) => {
    override(name, 'x');
    const error = await errorOf(loadTemplates(root));
    expect(error).toMatchObject({ code: 'template-unknown', exitCode: EXIT.config });
    expect(error.message).toContain(`${OVERRIDES_FOLDER}/${name}`);
    expect(error.remedy).toContain('plan-complaint');
  });

  test('is told which placeholders one lacks', async () => {
    override('step.md', 'Do {{title}}');
    expect(await errorOf(loadTemplates(root))).toMatchObject({
      code: 'template-incomplete',
      message: `${OVERRIDES_FOLDER}/step.md has no place for {{instruction}}, {{files}}.`,
    });
  });

  test('is told of a placeholder that is never filled in', async () => {
    override('plan.md', '{{max_steps}} {{max_step}}');
    const error = await errorOf(loadTemplates(root));
    expect(error).toMatchObject({ code: 'template-placeholder', exitCode: EXIT.config });
    expect(error.message).toContain('{{max_step}}');
    expect(error.remedy).toContain('{{max_steps}}');
    override('plan.md', '{{max_steps}}');
    override('coder-system.md', 'You are {{name}}.');
    expect((await errorOf(loadTemplates(root))).remedy).toContain('no placeholders');
  });

  test('is told of one that can not be read', async () => {
    mkdirSync(join(root, OVERRIDES_FOLDER, 'plan.md'), { recursive: true });
    const error = await errorOf(loadTemplates(root));
    expect(error).toMatchObject({ code: 'template-unreadable', exitCode: EXIT.config });
    expect(error.message).toContain(`${OVERRIDES_FOLDER}/plan.md`);
  });

  test('is told when the folder can not be read', async () => {
    const error = await errorOf(loadTemplates(`${root}/${'x'.repeat(300)}`));
    expect(error).toMatchObject({ code: 'template-unreadable' });
    expect(error.message).toContain(OVERRIDES_FOLDER);
  });
});

describe('filling', () => {
  test('puts text in as it is, and does not read it again', () => {
    const values = { a: '$& $1 $$ {{b}}', b: 'B' };
    expect(fillTemplate('{{a}}|{{b}}|{{c}}|{{ a }}', values)).toBe('$& $1 $$ {{b}}|B||{{ a }}');
  });

  test('knows no value that was not given', () => {
    expect(fillTemplate('[{{constructor}}{{toString}}{{__proto__}}]', {})).toBe('[]');
  });

  test('gives exactly the value, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(fillTemplate('<{{v}}>', { v: value })).toBe(`<${value}>`);
      }),
    );
  });
});
