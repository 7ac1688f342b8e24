import { countEvidence, LEAST_EVIDENCE } from './locating/evidence.js';
import { nameEdit } from './feedback.js';
import type { SettledEdit } from './file-result.js';
import { locateEdit } from './locate-edit.js';
import { holdsDeclarations } from './naming/read-named.js';
import type { OpenFile, OpenFiles } from './open-file.js';
import { hasOldLines, type BrokenEdit, type Edit, type ReplaceEdit, type WholeEdit } from './reading/edit.js';
import { offer, resolvePath, type Purpose, type ResolvedPath } from './resolve-path.js';
import { isCandidate, isIllustration } from './settle-whole.js';
import type { ApplyInput, Rejection } from './types.js';

export interface Settlement {
  settled: SettledEdit[];
  rejections: Rejection[];
  count: number;
}

/**
 * Finds out for every edit which file it is about. An edit without a path means the only offered file; with several,
 * the one that it and all others without a path fit exactly once; a whole file without a path is then refused.
 */
export function settleEdits(all: readonly Edit[], input: ApplyInput, files: OpenFiles): Settlement {
  const edits = withoutIllustrations(all, input, files);
  const settlement: Settlement = { settled: [], rejections: [], count: edits.length };
  const pathless: { edit: Edit; number: number }[] = [];
  edits.forEach((edit, at) => {
    const number = at + 1;
    if (edit.kind === 'broken') settlement.rejections.push(rejectBroken(edit, number, edits.length, input));
    else if (edit.path === undefined) pathless.push({ edit, number });
    else settleWritten({ edit, number }, edit.path, input, files, settlement);
  });
  settlePathless(pathless, input, files, settlement);
  settlement.settled.sort((one, other) => one.number - other.number);
  return settlement;
}

/** Blocks that show something (a command, an excerpt, how to call it) beside the real edits. */
export function withoutIllustrations(all: readonly Edit[], input: ApplyInput, files: OpenFiles): Edit[] {
  const shown = all.filter(isPathlessBlock);
  const real = all.filter((edit) => !isPathlessBlock(edit));
  if (real.length > 0) {
    return all.filter((edit) => !isPathlessBlock(edit) || !isIllustration(edit, real, input, files));
  }
  const candidates = shown.filter((edit) => isCandidate(edit, input, files));
  const meant = candidates.filter((edit) => !isIllustration(edit, [], input, files));
  return meant.length > 0 ? meant : candidates;
}

function isPathlessBlock(edit: Edit): edit is WholeEdit {
  return edit.kind === 'whole' && edit.path === undefined;
}

function rejectBroken(edit: BrokenEdit, number: number, count: number, input: ApplyInput): Rejection {
  const name = nameEdit(edit.path, number, count);
  return {
    code: edit.isCut === true ? 'truncated' : 'malformed',
    path: edit.path,
    message: `${name} cannot be read. ${edit.problem}`,
    feedback: `${name} cannot be read. ${edit.problem} ${edit.advice}${edit.path === undefined ? ` ${offer(input)}` : ''}`,
  };
}

function settleWritten(
  numbered: { edit: Edit; number: number },
  written: string,
  input: ApplyInput,
  files: OpenFiles,
  settlement: Settlement,
): void {
  const { edit, number } = numbered;
  const resolved = resolveFor(edit, written, input);
  if (resolved.kind === 'refused') {
    if (edit.inherited === true && edit.kind === 'replace' && settleByFit(numbered, input, files, settlement))
      return;
    settlement.rejections.push(toRejection(resolved));
    return;
  }
  if (edit.inherited === true && edit.kind === 'replace' && !fits(edit, files.open(resolved.path))) {
    if (settleByFit(numbered, input, files, settlement)) return;
  }
  if (edit.kind === 'rename') {
    const from = resolvePath(edit.from, 'change', input);
    if (from.kind === 'refused') {
      settlement.rejections.push(toRejection(from));
      return;
    }
    if (resolved.kind === 'file') {
      const message = `${from.path} cannot move to ${resolved.path}: that file exists already.`;
      settlement.rejections.push({ code: 'exists', path: resolved.path, message, feedback: message });
      return;
    }
    settlement.settled.push({
      edit: { ...edit, path: resolved.path },
      number,
      path: from.path,
      count: settlement.count,
    });
    return;
  }
  const refusal = refuseContent(resolved);
  if (refusal !== undefined) settlement.rejections.push(refusal);
  else settlement.settled.push({ edit, number, path: resolved.path, count: settlement.count });
}

/** The path of an edit; git's `a/` and `b/` may still be in front of a diff's. */
export function resolveFor(edit: Edit, written: string, input: ApplyInput): ResolvedPath {
  const purpose = purposeOf(edit);
  const direct = resolvePath(written, purpose, input);
  if (edit.format !== 'unified-diff' || direct.kind === 'file' || !/^[a-z]\//.test(written)) return direct;
  const stripped = resolvePath(written.slice(2), purpose, input);
  return stripped.kind === 'file' || /^[ab]\//.test(written) ? stripped : direct;
}

function purposeOf(edit: Edit): Purpose {
  if (edit.kind === 'create' || edit.kind === 'rename') return 'create';
  if (edit.kind === 'whole') return 'either';
  if (edit.kind === 'replace') return hasOldLines(edit) ? 'change' : 'either';
  return 'change';
}

function refuseContent(resolved: ResolvedPath): Rejection | undefined {
  if (resolved.kind !== 'file' || resolved.content.kind === 'text') return undefined;
  const what: Record<Exclude<typeof resolved.content.kind, 'text'>, string> = {
    binary: 'a binary file',
    symlink: 'a symbolic link',
    submodule: 'a submodule',
    'lfs-pointer': 'kept in Git LFS',
    'not-utf8': 'not UTF-8 text',
    'too-large': 'too large to edit',
  };
  const message = `${resolved.path} is ${what[resolved.content.kind]} and is not edited.`;
  return {
    code: 'not-editable',
    path: resolved.path,
    message,
    feedback: `${message} Do it without changing this file.`,
  };
}

export function toRejection(refused: Extract<ResolvedPath, { kind: 'refused' }>): Rejection {
  return { code: refused.code, path: refused.path, message: refused.message, feedback: refused.feedback };
}

function settlePathless(
  pathless: readonly { edit: Edit; number: number }[],
  input: ApplyInput,
  files: OpenFiles,
  settlement: Settlement,
): void {
  const [only] = input.offered;
  if (pathless.length === 0) return;
  if (only !== undefined && input.offered.length === 1) {
    for (const numbered of pathless) settleWritten(numbered, only, input, files, settlement);
    return;
  }
  const replaces = pathless.flatMap(({ edit }) => (edit.kind === 'replace' ? [edit] : []));
  const fitAll = input.offered.filter((path) => replaces.every((edit) => fits(edit, files.open(path))));
  for (const numbered of pathless) {
    const { edit } = numbered;
    const fitting =
      edit.kind === 'replace' ? fitAll : edit.kind === 'whole' ? listHolders(edit, input, files) : [];
    const [fit] = fitting;
    if (fit !== undefined && fitting.length === 1) {
      settleWritten(numbered, fit, input, files, settlement);
      continue;
    }
    const name = nameEdit(undefined, numbered.number, settlement.count);
    const why = fitting.length > 1 ? 'fits several files' : 'does not say which file it is for';
    settlement.rejections.push({
      code: 'unknown-path',
      path: undefined,
      message: `${name} ${why}.`,
      feedback: `${name} ${why}. Write the path on the line above it. ${offer(input)}`,
    });
  }
}

/** The offered files that have a declaration which a block holds: it may be a part of them. */
function listHolders(edit: WholeEdit, input: ApplyInput, files: OpenFiles): string[] {
  return input.offered.filter((path) => {
    const file = files.open(path);
    return file !== undefined && holdsDeclarations(edit, file);
  });
}

/** Gives an edit whose path was carried over to the one other offered file that it fits. */
function settleByFit(
  numbered: { edit: Edit; number: number },
  input: ApplyInput,
  files: OpenFiles,
  settlement: Settlement,
): boolean {
  const { edit, number } = numbered;
  if (edit.kind !== 'replace' || !tellsItsFile(edit)) return false;
  const fitting = input.offered.filter((path) => fits(edit, files.open(path)));
  const [fit] = fitting;
  if (fit === undefined || fitting.length > 1) return false;
  const resolved = resolvePath(fit, 'change', input);
  if (resolved.kind !== 'file') return false;
  settlement.settled.push({ edit, number, path: resolved.path, count: settlement.count });
  return true;
}

/** Whether the old lines are more than the brackets that close any file. */
function tellsItsFile({ readings: [reading] }: ReplaceEdit): boolean {
  return reading !== undefined && countEvidence(reading.lines) >= LEAST_EVIDENCE;
}

function fits(edit: ReplaceEdit, file: OpenFile | undefined): boolean {
  return file !== undefined && hasOldLines(edit) && locateEdit(edit, file, undefined).kind === 'at';
}
