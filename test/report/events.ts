import type { EngineEvent } from '../../src/engine/events.js';
import type { CheckResult } from '../../src/checks/check.js';

type Event<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

const OID = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';

export const started: Event<'task-started'> = {
  type: 'task-started',
  task: 'add-login',
  title: 'Add a login form',
  run: '0001-abcdef',
  branch: 'nexus/add-login',
  base: OID,
  resumed: false,
  dirty: [],
};

export const request: Event<'request'> = {
  type: 'request',
  task: 'add-login',
  role: 'coder',
  model: 'qwen2.5-coder:7b',
  purpose: 'code',
  step: 2,
  attempt: 1,
  estimatedTokens: 1240,
  expectedMs: undefined,
};

export const progress: Event<'progress'> = {
  type: 'progress',
  task: 'add-login',
  waitingFor: 'answer',
  elapsedMs: 4000,
  tokens: 20,
  tokensPerSecond: 18.24,
  thinking: false,
};

export const reply: Event<'reply'> = {
  type: 'reply',
  task: 'add-login',
  role: 'coder',
  ending: 'stop',
  usage: {
    promptTokens: 1240,
    answerTokens: 210,
    reusedTokens: undefined,
    loadMs: undefined,
    promptMs: 3000,
    answerMs: 10_000,
    totalMs: 45_000,
  },
  reused: false,
  cached: false,
  exchange: 3,
};

export const plan: Event<'plan'> = {
  type: 'plan',
  task: 'add-login',
  plan: {
    summary: 'Adds the form and its test.',
    steps: [
      { title: 'Add the form', instruction: 'Do it', files: ['src/login.ts'], doneWhen: 'It is there' },
      { title: 'Test it', instruction: 'Do it', files: ['test/login.test.ts'], doneWhen: 'It passes' },
      { title: 'Use it', instruction: 'Do it', files: ['src/app.ts'], doneWhen: 'It shows' },
    ],
    documents: [],
  },
  notes: {
    fallback: false,
    attempts: 1,
    remarks: ['Steps 1 and 2 were joined.'],
    filesRead: [],
    leftOut: [],
  },
};

export const failedCheck: CheckResult = {
  name: 'npm test',
  command: 'npm test',
  cwd: '.',
  outcome: 'failed',
  exitCode: 1,
  signal: undefined,
  durationMs: 3000,
  output: Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n'),
};

export const checkEnded = (
  over: Partial<CheckResult> = {},
  on: 'base' | 'branch' = 'branch',
): EngineEvent => ({
  type: 'check-ended',
  task: 'add-login',
  on,
  result: { ...failedCheck, ...over },
});

export const committed: EngineEvent = {
  type: 'committed',
  task: 'add-login',
  label: 'step-2',
  oid: OID,
  subject: 'Test it',
  files: ['a.ts'],
};

export const ended = (reason?: 'question' | 'checks-fail'): Event<'task-ended'> => ({
  type: 'task-ended',
  task: 'add-login',
  branch: 'nexus/add-login',
  tip: OID,
  outcome:
    reason === undefined
      ? { kind: 'review' }
      : { kind: 'needs-attention', reason, detail: 'Which provider should it use?' },
});
