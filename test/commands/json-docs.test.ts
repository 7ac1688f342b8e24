import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import * as documents from './json-documents.js';
import { runNexus } from './run-nexus.js';

const PAGE = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  error: documents.errorDocument,
  status: documents.statusDocument,
  event: documents.eventDocument,
  'dry-run': documents.dryRunDocument,
  plan: documents.planDocument,
  review: documents.reviewDocument,
  diff: documents.diffDocument,
  cancel: documents.cancelDocument,
  accept: documents.acceptDocument,
  reject: documents.rejectDocument,
  apply: documents.applyDocument,
  clean: documents.cleanDocument,
  log: documents.logDocument,
  exchange: documents.exchangeDocument,
  stats: documents.statsDocument,
  'stats-all': documents.allStatsDocument,
  init: documents.initDocument,
  doctor: documents.doctorDocument,
  trust: documents.trustDocument,
  models: documents.modelsDocument,
  pull: documents.pullDocument,
  use: documents.useDocument,
  load: documents.loadDocument,
  unload: documents.unloadDocument,
  recommend: documents.recommendDocument,
  calibrate: documents.calibrateDocument,
  demo: documents.demoDocument,
  'hooks-change': documents.hooksChangeDocument,
  hooks: documents.hooksDocument,
};

const examples = [...PAGE.matchAll(/^```(json|ndjson) ([a-z-]+)\n([\s\S]*?)^```$/gmu)].map(
  ([, kind = '', name = '', text = '']) => ({ kind, name, text }),
);

it('has one example of every document, and no other', () => {
  expect(examples.map(({ name }) => name).toSorted()).toEqual(Object.keys(SCHEMAS).toSorted());
});

it.each(examples)('the example of $name is what its schema says', ({ kind, name, text }) => {
  const parts = kind === 'ndjson' ? text.trim().split('\n') : [text];
  for (const part of parts) expect(() => SCHEMAS[name]?.parse(JSON.parse(part))).not.toThrow();
});

it('shows an example of every event', () => {
  const shown = examples
    .find(({ name }) => name === 'event')
    ?.text.trim()
    .split('\n')
    .map((line) => documents.eventDocument.parse(JSON.parse(line)).type);
  const all = documents.eventDocument.options.map((option) => option.shape.type.value);
  expect(new Set(shown)).toEqual(new Set(all));
});

it('describes every command that has --json', async () => {
  const names = ['run', 'status', 'plan', 'check', 'log', 'review', 'accept', 'reject', 'retry'];
  names.push('watch', 'cancel', 'clean', 'init', 'doctor', 'trust', 'models list', 'models pull', 'demo');
  names.push('models use', 'models recommend', 'models load', 'models unload', 'models calibrate');
  names.push('apply', 'hooks install', 'hooks uninstall', 'hooks status');
  for (const name of names) {
    const { stdout } = await runNexus([...name.split(' '), '--help']);
    expect(stdout).toMatch(/--json .*\(see[\s\S]*docs\/json\.md\)/u);
    expect(PAGE).toMatch(new RegExp(`^## .*nexus ${name}\\b`, 'mu'));
  }
});

it('lists the exit codes', async () => {
  const { EXIT } = await import('../../src/errors.js');
  for (const code of Object.values(EXIT)) expect(PAGE).toMatch(new RegExp(`^\\| ${code} \\|`, 'mu'));
});
