import { applyReply } from '../../src/edits/apply-reply.js';
import type { ApplyOutcome, EditRules, FileContent } from '../../src/edits/types.js';
import type { Case } from './make-case.js';

/** What a tool did with a case: the wanted files, nothing, or anything else. */
export type Outcome = 'right' | 'refused' | 'wrong';

export function runEngine(one: Case, rules: EditRules): ApplyOutcome {
  const files = new Map<string, FileContent>();
  for (const [path, text] of one.files) files.set(path, { kind: 'text', text });
  return applyReply({
    reply: one.reply,
    ending: one.ending,
    files,
    offered: [...one.files.keys()],
    asked: one.format,
    rules,
  });
}

/** A case without an answer is right only when it is refused, which is not counted here: placing it is wrong. */
export function weigh(one: Case, outcome: ApplyOutcome): Outcome {
  if (outcome.kind !== 'applied') return 'refused';
  if (one.answer === 'none' || outcome.changes.length !== one.truth.size) return 'wrong';
  const isRight = outcome.changes.every(
    (change) => change.kind === 'modify' && change.newText === one.truth.get(change.path),
  );
  return isRight ? 'right' : 'wrong';
}
