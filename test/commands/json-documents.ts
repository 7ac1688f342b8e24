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

const eventError = z.strictObject({
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
  exitCode: z.int(),
});

export const modelsDocument = z.strictObject({
  servers: z.array(
    z.strictObject({
      server: z.string(),
      kind: z.string(),
      version: z.string().optional(),
      models: z.array(
        z.strictObject({
          name: z.string(),
          digest: z.string().optional(),
          sizeBytes: z.number().optional(),
          parameters: z.string().optional(),
          quantisation: z.string().optional(),
          contextTokens: z.number().optional(),
          cacheBytesPerToken: z.number().optional(),
          loaded: z
            .strictObject({
              contextTokens: z.number().optional(),
              sizeBytes: z.number().optional(),
              gpuShare: z.number().optional(),
              expiresAt: z.iso.datetime().optional(),
            })
            .optional(),
          roles: z.array(role),
        }),
      ),
      missing: z.array(z.strictObject({ role, name: z.string(), remedy: z.string() })),
      error: eventError.optional(),
    }),
  ),
});

const state = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('waiting'), because: z.string() }),
  z.strictObject({
    kind: z.literal('ready'),
    why: z.enum(['new', 'changed', 'interrupted', 'approved', 'unverified-branch', 'journal-lost']),
  }),
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

const waitingTask = z.strictObject({
  task: z.string(),
  because: z.string(),
  state: z.enum([
    'waiting',
    'planning',
    'coding',
    'checking',
    'documenting',
    'review',
    'needs-attention',
    'accepted',
    'rejected',
  ]),
});

const worker = z.strictObject({
  mode: z.enum(['run', 'watch', 'hook']),
  pid: z.int(),
  host: z.string(),
  root: z.string(),
  since: z.iso.datetime(),
  tasks: z.array(z.string()),
});

export const statusDocument = z.strictObject({
  base: z.strictObject({ commit: oid, branch: z.string().nullable() }),
  worker: worker.nullable(),
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
  waiting: z.array(waitingTask),
  models: z.strictObject({ overseer: z.string(), coder: z.string() }),
});

const runOutcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('review') }),
  z.strictObject({ kind: z.literal('needs-attention'), reason: z.string(), detail: z.string() }),
]);

const progress = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('working'),
    stage: z.enum(['planning', 'coding', 'checking', 'documenting']),
  }),
  z.strictObject({ kind: z.literal('waits-for-approval') }),
  z.strictObject({
    kind: z.literal('ended'),
    outcome: runOutcome,
    tip: oid.optional(),
  }),
]);

const plan = z.strictObject({
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
});

const notes = z.strictObject({
  fallback: z.boolean(),
  attempts: z.number(),
  remarks: z.array(z.string()),
  filesRead: z.array(z.string()),
  leftOut: z.array(z.string()),
});

export const planDocument = z.strictObject({
  task: z.string(),
  run: z.string().nullable(),
  branch: z.string().nullable(),
  base: oid.nullable(),
  plan: plan.nullable(),
  notes: notes.nullable(),
  progress: progress.nullable(),
});

const label = z.union([
  z.enum(['plan', 'documents']),
  z.templateLiteral([z.enum(['step', 'repair', 'fix']), '-', z.int()]),
]);

const usage = z.strictObject({
  promptTokens: z.number().optional(),
  reusedTokens: z.number().optional(),
  answerTokens: z.number().optional(),
  loadMs: z.number().optional(),
  promptMs: z.number().optional(),
  answerMs: z.number().optional(),
  totalMs: z.number(),
});

const rejections = z.array(
  z.strictObject({ code: z.string(), path: z.string().optional(), message: z.string() }),
);

const exchange = z.strictObject({
  number: z.int(),
  role,
  model: z.string(),
  purpose: z.enum(['choose-files', 'plan', 'code', 'repair', 'document']),
  step: z.int().optional(),
  attempt: z.int(),
  ending: z.enum(['stop', 'length', 'stopped']),
  estimatedTokens: z.number(),
  usage,
  cached: usage.optional(),
  retries: z.int().optional(),
});

export const logDocument = z.strictObject({
  task: z.string(),
  run: z.string(),
  branch: z.string(),
  base: oid,
  startedAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  progress,
  exchanges: z.array(exchange),
  rejected: z.array(z.strictObject({ label, exchange: z.int(), attempt: z.int(), rejections })),
  committed: z.array(
    z.strictObject({
      label,
      oid,
      subject: z.string(),
      attempts: z.int(),
      edits: z.array(
        z.strictObject({
          path: z.string(),
          format: z.string(),
          pass: z.string(),
          line: z.int(),
        }),
      ),
    }),
  ),
  checked: z.array(z.looseObject({ commit: oid, verdict })),
  dropped: z.array(z.strictObject({ label: z.string(), reason: z.string() })),
  notices: z.array(z.string()),
});

const sum = z.strictObject({ known: z.number().nullable(), unknown: z.int(), estimated: z.int() });

const costs = {
  requests: z.int(),
  retries: sum,
  unused: z.int(),
  cached: z.int(),
  savedMs: sum,
  estimatedTokens: z.number(),
  promptTokens: sum,
  reusedTokens: sum,
  readTokens: sum,
  answerTokens: sum,
  loads: sum,
  loadingMs: sum,
  waitingMs: sum,
  readingMs: sum,
  writingMs: sum,
};
const roleCosts = z.strictObject({ role, model: z.string(), ...costs });
const totalCosts = z.strictObject({ runs: z.int(), ...costs, checkingMs: sum });

export const statsDocument = z.strictObject({
  task: z.string(),
  run: z.string(),
  startedAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  loadThresholdMs: z.int(),
  roles: z.array(roleCosts),
  checkingMs: sum,
});

export const allStatsDocument = z.strictObject({
  firstAt: z.iso.datetime().optional(),
  lastAt: z.iso.datetime().optional(),
  loadThresholdMs: z.int(),
  roles: z.array(roleCosts),
  tasks: z.array(totalCosts.extend({ task: z.string() })),
  total: totalCosts,
  unreadable: z.array(z.strictObject({ task: z.string(), run: z.string(), problem: z.string() })),
});

const checkResult = z.strictObject({
  name: z.string(),
  command: z.string(),
  cwd: z.string(),
  outcome: z.enum(['passed', 'failed', 'timed-out', 'could-not-run']),
  exitCode: z.int().optional(),
  signal: z.string().optional(),
  durationMs: z.number(),
  output: z.string(),
});

const task = z.string();

const counts = { review: z.int(), needsAttention: z.int(), waiting: z.int() };

/** One line of `run`, `watch`, `retry` and `check` with `--json`. */
export const eventDocument = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('queue'),
    ready: z.array(task),
    waiting: z.array(waitingTask),
  }),
  z.strictObject({
    type: z.literal('task-started'),
    task,
    title: z.string(),
    run: z.string(),
    branch: z.string(),
    base: oid,
    resumed: z.boolean(),
    dirty: z.array(z.string()),
  }),
  z.strictObject({
    type: z.literal('stage'),
    task,
    stage: z.enum(['planning', 'coding', 'checking', 'documenting']),
    detail: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('request'),
    task,
    role,
    model: z.string(),
    purpose: z.enum(['choose-files', 'plan', 'code', 'repair', 'document']),
    step: z.int().optional(),
    attempt: z.int(),
    estimatedTokens: z.number(),
    expectedMs: z.number().optional(),
  }),
  z.strictObject({
    type: z.literal('progress'),
    task,
    waitingFor: z.enum(['connect', 'load', 'prompt', 'answer']),
    elapsedMs: z.number(),
    tokens: z.int(),
    tokensPerSecond: z.number().optional(),
    thinking: z.boolean(),
  }),
  z.strictObject({ type: z.literal('retrying'), task, because: z.string(), inMs: z.number() }),
  z.strictObject({
    type: z.literal('reply'),
    task,
    role,
    ending: z.enum(['stop', 'length', 'stopped']),
    usage,
    reused: z.boolean(),
    cached: z.boolean(),
    exchange: z.int(),
  }),
  z.strictObject({
    type: z.literal('rejected'),
    task,
    label,
    attempt: z.int(),
    rejections,
  }),
  z.strictObject({
    type: z.literal('plan'),
    task,
    plan,
    notes,
  }),
  z.strictObject({
    type: z.literal('committed'),
    task,
    label,
    oid,
    subject: z.string(),
    files: z.array(z.string()),
  }),
  z.strictObject({
    type: z.literal('check-started'),
    task,
    name: z.string(),
    command: z.string(),
    on: z.enum(['base', 'branch']),
  }),
  z.strictObject({
    type: z.literal('check-ended'),
    task,
    on: z.enum(['base', 'branch']),
    result: checkResult,
  }),
  z.strictObject({ type: z.literal('verdict'), task, commit: oid, verdict }),
  z.strictObject({ type: z.literal('dropped'), task, label, reason: z.string() }),
  z.strictObject({ type: z.literal('notice'), task: task.optional(), message: z.string() }),
  z.strictObject({ type: z.literal('plan-waits'), task, branch: z.string() }),
  z.strictObject({
    type: z.literal('task-ended'),
    task,
    branch: z.string(),
    outcome: runOutcome,
    tip: oid.optional(),
  }),
  z.strictObject({ type: z.literal('task-paused'), task, because: z.string() }),
  z.strictObject({
    type: z.literal('request-taken'),
    request: z.string(),
    tasks: z.array(task).optional(),
  }),
  z.strictObject({
    type: z.literal('request-done'),
    request: z.string(),
    summary: z.strictObject(counts),
    error: eventError.optional(),
  }),
  z.strictObject({ type: z.literal('idle'), tasks: z.int(), waiting: z.array(waitingTask) }),
  z.strictObject({ type: z.literal('settling'), file: z.string(), inMs: z.number() }),
  z.strictObject({
    type: z.literal('settled'),
    file: z.string(),
    added: z.array(task),
    changed: z.array(task),
    removed: z.array(task),
  }),
  z.strictObject({ type: z.literal('unchanged'), file: z.string() }),
  z.strictObject({ type: z.literal('file-problem'), file: z.string(), error: eventError }),
  z.strictObject({ type: z.literal('server-away'), error: eventError }),
  z.strictObject({ type: z.literal('server-back'), awayMs: z.number() }),
  z.strictObject({ type: z.literal('stopping'), because: z.string() }),
  z.strictObject({ type: z.literal('finished'), ...counts, elapsedMs: z.number() }),
]);

/** One line of `models pull --json`. */
export const pullDocument = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('pull'),
    name: z.string(),
    status: z.string(),
    completedBytes: z.number().optional(),
    totalBytes: z.number().optional(),
    bytesPerSecond: z.number().optional(),
    secondsLeft: z.number().optional(),
  }),
  z.strictObject({ type: z.literal('pulled'), name: z.string(), server: z.string() }),
]);

export const useDocument = z.strictObject({
  file: z.literal('.nexus.yml'),
  changed: z.boolean(),
  roles: z.array(
    z.strictObject({ role, before: z.string(), model: z.string(), there: z.boolean().nullable() }),
  ),
  warnings: z.array(z.strictObject({ message: z.string(), remedy: z.string().nullable() })),
});

const roleChoice = z.strictObject({
  model: z.string(),
  quantisation: z.string(),
  contextTokens: z.int(),
  thinks: z.boolean(),
  installed: z.boolean(),
});

const modelAdvice = z.strictObject({
  overseer: roleChoice,
  coder: roleChoice,
  memory: z.array(
    z.strictObject({
      model: z.string(),
      contextTokens: z.int(),
      weightsBytes: z.number(),
      cacheBytes: z.number(),
      workBytes: z.number(),
      totalBytes: z.number(),
      isEstimate: z.boolean(),
    }),
  ),
  totalBytes: z.number(),
  fits: z.boolean(),
  because: z.string(),
  steps: z.array(z.string()),
});

const graphics = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['unified', 'none', 'unknown']) }),
  z.strictObject({
    kind: z.literal('cards'),
    cards: z.array(z.strictObject({ name: z.string(), bytes: z.number() })),
  }),
]);

export const recommendDocument = z.strictObject({
  machine: z.strictObject({
    ramBytes: z.number(),
    graphics,
  }),
  room: z.strictObject({
    where: z.enum(['graphics', 'unified', 'processor']),
    bytes: z.number(),
    because: z.string(),
  }),
  best: modelAdvice,
  installed: modelAdvice.nullable(),
  notes: z.array(z.string()),
});

export const loadDocument = z.strictObject({
  models: z.array(
    z.strictObject({
      roles: z.array(role),
      name: z.string(),
      server: z.string(),
      contextTokens: z.int(),
      outcome: z.enum(['loaded', 'made-room', 'cannot']),
      ms: z.int().optional(),
      gpuShare: z.number().optional(),
      remedy: z.string().optional(),
    }),
  ),
});

export const unloadDocument = z.strictObject({
  models: z.array(
    z.strictObject({
      name: z.string(),
      server: z.string(),
      outcome: z.enum(['unloaded', 'not-loaded', 'cannot']),
      remedy: z.string().optional(),
    }),
  ),
});

export const cancelDocument = z.strictObject({
  task,
  branch: z.string(),
  tip: oid.nullable(),
  outcome: runOutcome,
});

export const diffDocument = z.strictObject({ task, diff: z.string() });

const removed = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('deleted') }),
  z.strictObject({ kind: z.literal('kept'), because: z.string() }),
]);

export const acceptDocument = z.strictObject({
  task,
  branch: z.string(),
  into: z.string(),
  how: z.enum(['fast-forward', 'merge', 'contained']),
  tip: oid,
  before: oid,
  after: oid,
  worktree: z.string().optional(),
  verdict: z.enum(['good', 'failing', 'unverified', 'not-checked']),
  removed,
  remarks: z.array(z.string()),
});

export const applyDocument = z.strictObject({
  applied: z.boolean(),
  edits: z.array(
    z.strictObject({
      path: z.string(),
      format: z.enum(['whole-file', 'search-replace', 'named-declaration', 'unified-diff', 'begin-patch']),
      pass: z.enum([
        'whole',
        'new',
        'exact',
        'line-ends',
        'trailing-space',
        'indentation',
        'blank-lines',
        'comments',
        'typography',
        'ellipsis',
        'missing-plus',
        'context',
        'declaration',
        'restated',
        'new-declaration',
        'already',
      ]),
      line: z.int().min(0),
    }),
  ),
  rejections: z.array(
    z.strictObject({
      path: z.string().nullable(),
      code: z.enum([
        'no-edit',
        'unknown-path',
        'path-not-allowed',
        'not-offered',
        'protected',
        'not-editable',
        'exists',
        'not-found',
        'ambiguous',
        'overlap',
        'elided',
        'truncated',
        'shrunk',
        'dropped-declarations',
        'no-change',
        'empty',
        'malformed',
        'example-repeated',
        'conflict-markers',
        'new-syntax-errors',
        'special-tokens',
      ]),
      message: z.string().min(1),
      feedback: z.string().min(1),
    }),
  ),
  diff: z.string(),
});

export const rejectDocument = z.strictObject({
  task,
  branch: z.string(),
  tip: oid,
  history: z.string(),
  removed,
});

const kept = z.strictObject({ what: z.string(), because: z.string() });

export const cleanDocument = z.strictObject({
  freed: z.boolean(),
  bytes: z.int().min(0),
  kinds: z.array(
    z.strictObject({
      kind: z.enum([
        'runs',
        'history',
        'base-checks',
        'worktrees',
        'workers',
        'temporary',
        'caches',
        'answers',
        'logs',
      ]),
      count: z.int().min(1),
      bytes: z.int().min(0),
      items: z.array(z.strictObject({ what: z.string(), task: z.string().nullable(), because: z.string() })),
    }),
  ),
  inUse: z.array(kept),
  needed: z.array(z.string()),
  failed: z.array(kept),
});

export const exchangeDocument = exchange.extend({
  messages: z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  schema: z.unknown().optional(),
  options: z.record(z.string(), z.unknown()),
  reply: z.string(),
});

const outcome = z.enum(['passed', 'failed', 'timed-out', 'could-not-run']);

export const reviewDocument = z.strictObject({
  task: z.strictObject({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    kind: z.enum(['change', 'docs', 'research']),
    acceptance: z.array(z.string()),
  }),
  state,
  decisionMessage: z.string().optional(),
  branch: z.strictObject({ name: z.string(), exists: z.boolean(), tip: oid.optional() }),
  plan: plan.extend({ notes }).optional(),
  base: z.strictObject({
    commit: oid.optional(),
    name: z.string().optional(),
    target: z
      .strictObject({ name: z.string(), tip: oid, movedOn: z.int(), containsBase: z.boolean() })
      .optional(),
    merge: z.looseObject({ kind: z.enum(['fast-forward', 'clean', 'conflict', 'contained', 'unknown']) }),
  }),
  commits: z.array(
    z.strictObject({
      oid,
      subject: z.string(),
      label: z.string().optional(),
      foreign: z.boolean(),
      authorEmail: z.string(),
    }),
  ),
  steps: z.array(
    z.strictObject({
      label: z.string(),
      title: z.string().optional(),
      commit: oid.optional(),
      attempts: z.int(),
      rejections: z.array(
        z.looseObject({ code: z.string(), message: z.string(), attempt: z.int(), exchange: z.int() }),
      ),
    }),
  ),
  files: z.array(
    z.looseObject({
      path: z.string(),
      status: z.enum(['added', 'modified', 'deleted', 'renamed', 'mode-changed']),
      flags: z.array(z.strictObject({ flag: z.string(), why: z.string() })),
      edits: z.array(z.looseObject({ label: z.string(), bent: z.boolean() })),
    }),
  ),
  verdict: z.looseObject({ kind: z.enum(['good', 'failing', 'unverified', 'not-checked']) }),
  checks: z.array(
    z.looseObject({
      name: z.string(),
      outcome: z.union([outcome, z.literal('not-run')]),
      base: outcome.optional(),
    }),
  ),
  setupFailed: checkResult.optional(),
  dropped: z.array(z.strictObject({ label: z.string(), reason: z.string() })),
  notices: z.array(z.string()),
  dirty: z.array(z.string()),
  cost: z
    .strictObject({
      models: z.strictObject({ overseer: z.string(), coder: z.string() }),
      requests: z.int(),
      promptTokens: z.number(),
      answerTokens: z.number(),
      uncounted: z.int(),
      cached: z.int(),
      modelMs: z.number(),
      checkMs: z.number(),
    })
    .optional(),
  next: z.array(z.strictObject({ command: z.string(), does: z.string() })),
});

/** The last line of `demo --json`, behind the events. */
export const demoDocument = z.strictObject({
  type: z.literal('demo'),
  folder: z.string(),
  summary: z.strictObject({ review: z.int(), needsAttention: z.int(), waiting: z.int() }),
  packets: z.array(reviewDocument),
});

const hookEvent = z.enum(['post-commit', 'post-merge', 'post-checkout']);

export const hooksChangeDocument = z.strictObject({
  dryRun: z.boolean(),
  changes: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.enum(['script', 'delete-script']), path: z.string() }),
      z.strictObject({
        kind: z.literal('write'),
        event: hookEvent,
        path: z.string(),
        what: z.enum(['new file', 'lines added', 'lines renewed', 'lines removed']),
        text: z.string(),
      }),
      z.strictObject({ kind: z.literal('delete'), event: hookEvent, path: z.string() }),
      z.strictObject({
        kind: z.literal('configure'),
        event: hookEvent,
        section: z.string(),
        command: z.string(),
      }),
      z.strictObject({ kind: z.literal('unconfigure'), event: hookEvent, section: z.string() }),
    ]),
  ),
  byHand: z.array(
    z.strictObject({
      event: hookEvent,
      path: z.string(),
      because: z.string(),
      lines: z.array(z.string()),
      afterwards: z.string().optional(),
    }),
  ),
});

export const hooksDocument = z.strictObject({
  installed: z.boolean(),
  git: z.string(),
  folder: z.string(),
  hooksPath: z.strictObject({ scope: z.string(), value: z.string() }).nullable(),
  manager: z.enum(['husky', 'lefthook', 'simple-git-hooks']).nullable(),
  hooks: z.array(
    z.strictObject({
      event: hookEvent,
      at: z.strictObject({ kind: z.enum(['file', 'line', 'section']), where: z.string() }),
      problem: z.string().nullable(),
    }),
  ),
  problem: z.string().nullable(),
  last: z.strictObject({ at: z.iso.datetime(), hook: hookEvent, what: z.string() }).nullable(),
});

const cost = {
  estimatedTokens: z.number(),
  promptTokens: z.number().optional(),
  readTokens: z.number().optional(),
  answerTokens: z.number().optional(),
  answerIsEstimate: z.boolean(),
  loadMs: z.number().optional(),
  readMs: z.number().optional(),
  writeMs: z.number().optional(),
  totalMs: z.number(),
  timedBy: z.enum(['server', 'clock']),
};
const editFormat = z.enum(['whole-file', 'named-declaration', 'search-replace', 'unified-diff']);
const speed = z.strictObject({
  tokensPerSecond: z.number().optional(),
  timedBy: z.enum(['server', 'clock']).optional(),
});

export const calibrateDocument = z.strictObject({
  v: z.literal(1),
  nexus: z.string(),
  machine: z.strictObject({
    system: z.string(),
    release: z.string(),
    architecture: z.string(),
    node: z.string(),
    processor: z.string(),
    cores: z.int(),
    memoryBytes: z.number(),
    graphics,
  }),
  models: z.array(
    z.strictObject({
      roles: z.array(role),
      server: z.strictObject({
        kind: z.string(),
        version: z.string().optional(),
        where: z.enum(['this-machine', 'elsewhere']),
      }),
      model: z.strictObject({
        name: z.string(),
        digest: z.string().optional(),
        parameters: z.string().optional(),
        quantisation: z.string().optional(),
        sizeBytes: z.number().optional(),
      }),
      think: z.string(),
      measuredAt: z.string(),
      measuredBy: z.string(),
      formats: z.array(
        z.strictObject({
          format: editFormat,
          asked: z.int(),
          applied: z.int(),
          right: z.int(),
          tokens: z.int(),
          tokensAreEstimate: z.boolean(),
          ms: z.int(),
        }),
      ),
      auto: z
        .strictObject({ small: editFormat, named: editFormat, other: editFormat, isUsual: z.boolean() })
        .nullable(),
      reading: speed,
      writing: speed,
      schema: z.strictObject({ asked: z.int(), holds: z.int(), usable: z.int() }),
      context: z.strictObject({
        configured: z.int(),
        trained: z.int().optional(),
        fits: z.int().optional(),
        because: z.string(),
        loaded: z.int().optional(),
        gpuShare: z.number().optional(),
        tried: z.int(),
      }),
      edits: z.array(
        z.strictObject({
          format: editFormat,
          edit: z.string(),
          outcome: z.enum(['right', 'wrong', 'refused']),
          code: z.string().optional(),
          ...cost,
        }),
      ),
      plans: z.array(
        z.strictObject({
          plan: z.string(),
          outcome: z.enum(['holds', 'not-json', 'other-shape', 'cut-off']),
          usable: z.boolean(),
          ...cost,
        }),
      ),
    }),
  ),
});
