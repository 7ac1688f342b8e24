import { isTestFile } from './named-files.js';
import type { PlanStep } from './plan.js';

/** What a step of a plan does: changes files, only looks at them, or makes files with nothing in them. */
export type StepKind = 'changes' | 'looks' | 'makes-empty';

const LOOKS =
  /^(identify|analy[sz]e|understand|review|read|inspect|examine|investigate|locate|find|determine|open|check|verify|validate|confirm|run|rerun|test|execute|ensure|plan|research|study|look|save|commit|push|deploy|debug|observe|monitor)\b/i;
const WRITES =
  /\b(add|adds|write|writes|create|creates|update|change|replace|remove|delete|modify|fix|implement|rename|move|extend|introduce|throw|insert|(?:and|then) (?:correct|handle|use|return))\b/i;
/** "Verify the fix" fixes nothing. */
const NOUNS =
  /\b(?:the|this|that|these|those|a|an|any|all|each|every|your|our|its|new|latest|bug)\s+(?:[\w-]+\s+)?(?:fix|change|update|move)\b/gi;
/** These ask for code or tests as often as for a look at them. */
const DEMANDS = /^(ensure|validate)\b/i;
const RUNS = /\b(run|running|execute|pass|passes|passing|succeed|works?|correctly|as expected)\b/i;
const MAKES_EMPTY = /^(?:create|add|make)\s+(?:an?\s+|the\s+|new\s+)*(?:empty|blank)\s/i;

/**
 * The kind of a step, by its words. Measured on Qwen2.5-Coder 1.5B, which begins plans with "Identify the problem" and
 * "Create an empty file" and ends them with "Test the function". A step on a file that does not exist yet makes it,
 * and "Test …" on a test file asks for tests, unless they are only to be run. In doubt a step changes something: on the
 * same file it is joined with others anyway.
 */
export function kindOf(step: PlanStep, exists: (path: string) => boolean): StepKind {
  const title = step.title.trim();
  const words = `${title} ${step.instruction}`;
  const isNew = step.files.filter((file) => !exists(file));
  if (isNew.length > 0) {
    const isEmpty = isNew.length === step.files.length && MAKES_EMPTY.test(title);
    return isEmpty && !/[.;]\s+\S/.test(step.instruction) ? 'makes-empty' : 'changes';
  }
  if (!LOOKS.test(title) || WRITES.test(words.replaceAll(NOUNS, ' '))) return 'changes';
  const demands = DEMANDS.test(title) || (/^test\b/i.test(title) && step.files.some(isTestFile));
  return demands && !RUNS.test(words) ? 'changes' : 'looks';
}
