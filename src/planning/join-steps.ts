import type { RepoPath } from '../edits/types.js';
import type { PlanStep } from './plan.js';
import { kindOf } from './step-kind.js';

/*
 * Small models plan steps that change nothing ("identify the problem", "create an empty file"), several steps for one
 * file, and steps that name no file (measured on Qwen2.5-Coder 1.5B). Each step costs a Coder request, so they are
 * joined before anything is coded.
 */

interface Numbered {
  step: PlanStep;
  number: number;
}

/**
 * Joins steps with their neighbours until every step changes files that no other changes. No step is left of a plan in
 * which none changes anything. `exists` says whether a path is in the base commit.
 */
export function joinSteps(
  steps: readonly PlanStep[],
  exists: (path: RepoPath) => boolean,
): { steps: PlanStep[]; remarks: string[] } {
  const remarks: string[] = [];
  const named = lendFiles(
    steps.map((step, index) => ({ step, number: index + 1 })),
    remarks,
  );
  const working = joinIdle(named, exists, remarks);
  return { steps: joinSameFiles(working, remarks), remarks };
}

/** A step that names no file gets those of the step before it, else of the one after it. */
function lendFiles(items: readonly Numbered[], remarks: string[]): Numbered[] {
  return items.map((item, index) => {
    if (item.step.files.length > 0) return item;
    const named = (other: Numbered): boolean => other.step.files.length > 0;
    const lender = items.slice(0, index).findLast(named) ?? items.slice(index).find(named);
    if (lender === undefined) return item;
    remarks.push(`${nameStep(item)} names no file and was given those of step ${lender.number}.`);
    return { ...item, step: { ...item.step, files: lender.step.files } };
  });
}

/** A step that changes nothing goes into the next one that does, or the one before it; so do files to make empty. */
function joinIdle(
  items: readonly Numbered[],
  exists: (path: RepoPath) => boolean,
  remarks: string[],
): Numbered[] {
  const kindAt = items.map((item) => kindOf(item.step, exists));
  const working = items.filter((_, index) => kindAt[index] === 'changes').map((item) => ({ ...item }));
  for (const [index, item] of items.entries()) {
    const into = kindAt[index] === 'changes' ? undefined : neighbourOf(item, working);
    if (into === undefined) continue;
    remarks.push(`${nameStep(item)} changes nothing by itself and was joined with step ${into.number}.`);
    if (kindAt[index] === 'makes-empty') {
      into.step = { ...into.step, files: [...new Set([...into.step.files, ...item.step.files])] };
    }
  }
  return working;
}

/** The step that changes a file of `item`, else the next one, else the last. */
function neighbourOf(item: Numbered, working: readonly Numbered[]): Numbered | undefined {
  const later = working.filter(({ number }) => number > item.number);
  const sharing = [...later, ...working].find(({ step }) => sharesFile(step, item.step));
  return sharing ?? later[0] ?? working.at(-1);
}

/** Steps that share a file, directly or through others, become one, with their texts in the plan's order. */
function joinSameFiles(items: readonly Numbered[], remarks: string[]): PlanStep[] {
  let groups: Group[] = [];
  for (const item of items) {
    const touches = (group: Group): boolean => group.some(({ step }) => sharesFile(step, item.step));
    const [first, ...others] = [...groups.filter(touches).flat(), item].sort((a, b) => a.number - b.number);
    groups = groups.filter((group) => !touches(group));
    if (first !== undefined) groups.push([first, ...others]);
  }
  return groups.sort((a, b) => a[0].number - b[0].number).map((group) => joinGroup(group, remarks));
}

type Group = [Numbered, ...Numbered[]];

function joinGroup(group: Group, remarks: string[]): PlanStep {
  if (group.length === 1) return group[0].step;
  const steps = group.map(({ step }) => step);
  const files = steps.flatMap((step) => step.files);
  const shared = new Set(files.filter((file, index) => files.indexOf(file) !== index));
  const numbers = group.map(({ number }) => number);
  remarks.push(
    `Steps ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)} were joined: they change the same files (${[...shared].join(', ')}).`,
  );
  return {
    title: joinTitles(steps.map((step) => step.title)),
    instruction: steps.map((step) => step.instruction).reduce(joinTexts),
    files: [...new Set(files)],
    doneWhen: steps.map((step) => step.doneWhen).reduce(joinTexts),
  };
}

/** Characters of a title, which becomes the subject of a commit. */
const LONGEST_TITLE = 100;

function joinTitles(titles: readonly string[]): string {
  const [first = '', ...others] = new Set(titles);
  const all = [first, ...others.map(lowerFirst)].join('; ');
  return all.length <= LONGEST_TITLE ? all : `${first} (and ${others.length} more)`;
}

function joinTexts(a: string, b: string): string {
  return a.includes(b) ? a : b.includes(a) ? b : `${a}\n${b}`;
}

function sharesFile(a: PlanStep, b: PlanStep): boolean {
  return a.files.some((file) => b.files.includes(file));
}

function nameStep({ step, number }: Numbered): string {
  return `Step ${number} ("${step.title}")`;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
