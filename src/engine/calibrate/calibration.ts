import { z } from 'zod';
import { CALIBRATED_FORMATS } from './formats.js';

/** Of the form of a file; one of another version counts as none. */
export const CALIBRATION_VERSION = 1;

const figure = z.number().min(0).max(1e12).optional();

/** What one answer cost. Tokens and ms; a figure that nobody gave is left out. */
const cost = {
  /** Our own estimate of the prompt, uncorrected. */
  estimatedTokens: z.number().min(0).max(1e12),
  promptTokens: figure,
  /** Of the prompt, by the server's count or our estimate: what it read anew, as it says or since the question before. */
  readTokens: figure,
  answerTokens: figure,
  /** The count of the answer is our estimate. */
  answerIsEstimate: z.boolean(),
  loadMs: figure,
  readMs: figure,
  writeMs: figure,
  totalMs: z.number().min(0).max(1e12),
  /** Whose clock the times of reading and writing are by. */
  timedBy: z.enum(['server', 'clock']),
};

/** One edit in one format. `code`: why a reply was refused, or what ended the request. */
const editResult = z.object({
  format: z.enum(CALIBRATED_FORMATS),
  edit: z.string().max(100),
  outcome: z.enum(['right', 'wrong', 'refused']),
  code: z.string().max(100).optional(),
  ...cost,
});
export type EditResult = z.infer<typeof editResult>;

/** One plan. `usable`: it could also be carried out. */
const planResult = z.object({
  plan: z.string().max(100),
  outcome: z.enum(['holds', 'not-json', 'other-shape', 'cut-off']),
  usable: z.boolean(),
  ...cost,
});
export type PlanResult = z.infer<typeof planResult>;
export type Cost = Pick<EditResult, keyof typeof cost>;

const contextFacts = z.object({
  /** What the roles ask for. */
  configured: z.int().min(1),
  /** What the model was made for. */
  trained: z.int().min(1).optional(),
  /** The longest that fits, by the sum of memory and by what the model was made for. */
  fits: z.int().min(1).optional(),
  /** How that comes about, or why it is not known. */
  because: z.string().max(500),
  /** As the server had it loaded after the last answer. */
  loaded: z.int().min(1).optional(),
  gpuShare: z.number().min(0).max(1).optional(),
  /** Tokens of the longest prompt with its answer: longer ones were not tried. */
  tried: z.int().min(0),
});
export type ContextFacts = z.infer<typeof contextFacts>;

/** What was measured of one model on this machine; also the file that keeps it. */
export const calibrationSchema = z.object({
  v: z.literal(CALIBRATION_VERSION),
  /** Names the version of Nexus, its prompts and its edits: what was measured with others is not added to. */
  basis: z.string().max(100),
  nexus: z.string().max(100),
  /** ISO 8601. */
  measuredAt: z.iso.datetime(),
  backend: z.object({ kind: z.string().max(100), version: z.string().max(100).optional() }),
  model: z.object({
    name: z.string().max(1000),
    digest: z.string().max(200).optional(),
    parameters: z.string().max(100).optional(),
    quantisation: z.string().max(100).optional(),
    sizeBytes: figure,
  }),
  think: z.string().max(20),
  edits: z.array(editResult).max(1000),
  plans: z.array(planResult).max(1000),
  context: contextFacts,
});
export type Calibration = z.infer<typeof calibrationSchema>;
