import type { PlanStep } from './plan.js';

/*
 * Small models plan steps that change nothing ("identify the problem", "create an empty file") and several steps for one
 * file (measured on Qwen2.5-Coder 1.5B). Each step costs a Coder request, so they are joined before anything is coded.
 */

const READS_ONLY =
  /^(identify|analy[sz]e|understand|review|read|inspect|examine|investigate|locate|find|determine|open|check|verify|validate|confirm|run|test|execute|ensure|plan|research|study|look|save|commit)\b/i;

/** Joins steps with their neighbours until every step changes files that no other changes. */
export function joinSteps(steps: readonly PlanStep[]): { steps: PlanStep[]; remarks: string[] } {
  const numbered = steps.map((step, index) => ({ step, numbers: [index + 1] }));
  const remarks: string[] = [];
  const afterIdle = joinIdle(numbered, remarks);
  const joined = joinSameFiles(afterIdle, remarks);
  return { steps: joined.map(({ step }) => step), remarks };
}

interface Numbered {
  step: PlanStep;
  numbers: number[];
}

const WRITES =
  /\b(add|adds|write|writes|create|creates|update|change|replace|remove|delete|modify|fix|implement|rename|move|extend|introduce)\b/i;

/** A step that changes nothing goes into the next one that does, or the one before it; the files it reads don't. */
function joinIdle(items: readonly Numbered[], remarks: string[]): Numbered[] {
  const working = items.filter(({ step }) => !isIdle(step));
  if (working.length === 0 || working.length === items.length) return [...items];
  for (const item of items.filter(({ step }) => isIdle(step))) {
    const number = item.numbers[0] ?? 0;
    const into = working.find(({ numbers }) => (numbers.at(-1) ?? 0) > number) ?? working.at(-1);
    if (into === undefined) continue;
    remarks.push(
      `Step ${number} ("${item.step.title}") changes nothing by itself and was joined with step ${into.numbers.join('+')}.`,
    );
  }
  return working;
}

function isIdle(step: PlanStep): boolean {
  if (step.files.length === 0) return true;
  return READS_ONLY.test(step.title.trim()) && !WRITES.test(`${step.title} ${step.instruction}`);
}

function joinSameFiles(items: readonly Numbered[], remarks: string[]): Numbered[] {
  const result: Numbered[] = [];
  for (const item of items) {
    const index = result.findIndex(({ step }) => step.files.some((file) => item.step.files.includes(file)));
    const earlier = result[index];
    if (earlier === undefined) {
      result.push(item);
      continue;
    }
    const shared = item.step.files.filter((file) => earlier.step.files.includes(file));
    remarks.push(
      `Steps ${earlier.numbers.join('+')} and ${item.numbers.join('+')} were joined: both change ${shared.join(', ')}.`,
    );
    result[index] = {
      step: joinTwo(earlier.step, item.step),
      numbers: [...earlier.numbers, ...item.numbers],
    };
  }
  return result.length === items.length ? result : joinSameFiles(result, remarks);
}

function joinTwo(a: PlanStep, b: PlanStep): PlanStep {
  return {
    title: a.title === b.title ? a.title : `${a.title}; ${lowerFirst(b.title)}`,
    instruction: joinTexts(a.instruction, b.instruction),
    files: [...new Set([...a.files, ...b.files])],
    doneWhen: joinTexts(a.doneWhen, b.doneWhen),
  };
}

function joinTexts(a: string, b: string): string {
  return a.includes(b) ? a : b.includes(a) ? b : `${a}\n${b}`;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
