import { z } from 'zod';

/*
 * The documents that `--json` prints, as docs/json.md describes them. Strict: a field that is not described there is
 * a mistake of ours, and so is one that is missing.
 */

const oid = z.string().regex(/^[0-9a-f]{40,64}$/u);
const role = z.enum(['overseer', 'coder']);

export const errorDocument = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    remedy: z.string().nullable(),
    exitCode: z.int(),
  }),
});

const finding = z.strictObject({
  check: z.string(),
  level: z.enum(['ok', 'warn', 'fail']),
  message: z.string(),
  remedy: z.string().optional(),
});

export const doctorDocument = z.strictObject({ ok: z.boolean(), findings: z.array(finding) });

export const initDocument = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), outcome: z.enum(['written', 'kept']) })),
  checks: z.array(
    z.strictObject({
      kind: z.enum(['check', 'setup']),
      run: z.string(),
      cwd: z.string(),
      paths: z.array(z.string()),
      because: z.string(),
    }),
  ),
  models: z.strictObject({ overseer: z.string(), coder: z.string(), because: z.string() }),
  findings: z.array(finding),
});

const trusted = z.strictObject({
  kind: z.enum(['command', 'address', 'remote', 'link', 'template']),
  subject: z.string(),
  detail: z.string(),
});

export const trustDocument = z.strictObject({
  approved: z.boolean(),
  items: z.array(trusted),
  difference: z.strictObject({
    added: z.array(trusted),
    changed: z.array(z.strictObject({ before: trusted, after: trusted })),
    removed: z.array(trusted),
  }),
});

export const modelsDocument = z.strictObject({
  servers: z.array(
    z.strictObject({
      server: z.string(),
      version: z.string(),
      models: z.array(
        z.strictObject({
          name: z.string(),
          digest: z.string().optional(),
          sizeBytes: z.number().optional(),
          parameters: z.string().optional(),
          quantisation: z.string().optional(),
          contextTokens: z.number().optional(),
          loaded: z
            .strictObject({
              contextTokens: z.number().optional(),
              sizeBytes: z.number().optional(),
              gpuShare: z.number().optional(),
            })
            .optional(),
          roles: z.array(role),
        }),
      ),
      missing: z.array(z.strictObject({ role, name: z.string() })),
    }),
  ),
});

const state = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('waiting'), because: z.string() }),
  z.strictObject({ kind: z.literal('ready'), why: z.enum(['new', 'changed', 'interrupted', 'approved']) }),
  z.strictObject({ kind: z.enum(['planning', 'coding', 'checking', 'documenting']) }),
  z.strictObject({ kind: z.enum(['review', 'accepted', 'rejected']), tip: oid }),
  z.strictObject({
    kind: z.literal('needs-attention'),
    reason: z.string(),
    detail: z.string(),
    tip: oid.optional(),
  }),
]);

const verdict = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('good') }),
  z.strictObject({ kind: z.literal('failing'), failing: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('unverified'),
    reason: z.enum(['no-checks', 'failed-on-base']),
    failing: z.array(z.string()),
  }),
]);

export const statusDocument = z.strictObject({
  base: z.strictObject({ commit: oid, branch: z.string().nullable() }),
  tasks: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      kind: z.enum(['change', 'docs', 'research']),
      priority: z.enum(['high', 'normal', 'low']),
      dependsOn: z.array(z.string()),
      state,
      branch: z.strictObject({ name: z.string(), tip: oid.nullable() }),
      verdict: verdict.nullable(),
      run: z.string().nullable(),
      next: z.string().nullable(),
    }),
  ),
});

export const dryRunDocument = z.strictObject({
  ready: z.array(
    z.strictObject({
      task: z.string(),
      title: z.string(),
      kind: z.enum(['change', 'docs', 'research']),
      resume: z.boolean(),
      why: z.string(),
      branch: z.string(),
      base: oid,
      baseName: z.string().nullable(),
      dirty: z.array(z.string()),
      checks: z.array(z.string()),
    }),
  ),
  waiting: z.array(z.strictObject({ task: z.string(), because: z.string() })),
  models: z.strictObject({ overseer: z.string(), coder: z.string() }),
});

const progress = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('working'),
    stage: z.enum(['planning', 'coding', 'checking', 'documenting']),
  }),
  z.strictObject({ kind: z.literal('waits-for-approval') }),
  z.strictObject({
    kind: z.literal('ended'),
    outcome: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('review') }),
      z.strictObject({ kind: z.literal('needs-attention'), reason: z.string(), detail: z.string() }),
    ]),
    tip: oid.optional(),
  }),
]);

export const planDocument = z.strictObject({
  task: z.string(),
  run: z.string().nullable(),
  branch: z.string().nullable(),
  base: oid.nullable(),
  plan: z
    .strictObject({
      summary: z.string(),
      steps: z.array(
        z.strictObject({
          title: z.string(),
          instruction: z.string(),
          files: z.array(z.string()),
          doneWhen: z.string(),
        }),
      ),
      documents: z.array(z.string()),
    })
    .nullable(),
  notes: z
    .strictObject({
      fallback: z.boolean(),
      attempts: z.number(),
      remarks: z.array(z.string()),
      filesRead: z.array(z.string()),
      leftOut: z.array(z.string()),
    })
    .nullable(),
  progress: progress.nullable(),
});

export const logDocument = z.strictObject({
  task: z.string(),
  run: z.string(),
  branch: z.string(),
  base: oid,
  startedAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  progress,
  exchanges: z.array(
    z.looseObject({
      number: z.int(),
      role,
      model: z.string(),
      purpose: z.enum(['choose-files', 'plan', 'code', 'repair', 'document']),
      attempt: z.int(),
      ending: z.enum(['stop', 'length', 'stopped']),
      estimatedTokens: z.number(),
      usage: z.looseObject({ totalMs: z.number() }),
    }),
  ),
  rejected: z.array(z.looseObject({ exchange: z.int(), label: z.string(), attempt: z.int() })),
  committed: z.array(z.looseObject({ label: z.string(), oid, subject: z.string() })),
  checked: z.array(z.looseObject({ commit: oid, verdict })),
  dropped: z.array(z.strictObject({ label: z.string(), reason: z.string() })),
  notices: z.array(z.string()),
});
