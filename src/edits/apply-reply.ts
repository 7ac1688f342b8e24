import { changeFile } from './change-file.js';
import { repeatsExample } from './example.js';
import { addedLinesOf, tellNoEdit } from './feedback.js';
import type { FileResult, SettledEdit } from './file-result.js';
import { guardFiles } from './guards/guard-files.js';
import { linesBeyond } from './lines-beyond.js';
import { OpenFiles } from './open-file.js';
import type { Edit } from './reading/edit.js';
import { readReply } from './reading/read-reply.js';
import { rejectEarly } from './reject-early.js';
import { isThere, offer, resolvePath } from './resolve-path.js';
import { findClash } from './find-clash.js';
import { settleEdits } from './settle-edits.js';
import type { ApplyInput, ApplyOutcome, FileChange, LocatedEdit, Rejection, RejectionCode } from './types.js';

/**
 * Turns a model's reply into file changes, or says why not. Pure: nothing is read or written, the same input always
 * gives the same outcome, and no reply makes it throw. All edits are applied to the original files, all or none;
 * an edit that fits no place or several is refused. While `ending` is `open` the outcome is `undecided`, unless the
 * part that is there cannot become a reply that applies: then it is rejected at once.
 */
export function applyReply(input: ApplyInput): ApplyOutcome {
  const isOff = (code: RejectionCode) => input.rules?.without?.includes(code) === true;
  if (input.ending === 'length' && !isOff('truncated')) return reject([rejectTruncated()], []);
  const edits = readReply(input.reply, {
    open: input.ending === 'open',
    format: input.format,
    isKnown: (written) => isThere(written, input),
  });
  const files = new OpenFiles(input.files, input.rules?.parsers);
  if (input.ending === 'open') {
    const early = rejectEarly(edits, input, files);
    return early === undefined ? { kind: 'undecided' } : reject([early], []);
  }
  if (edits.length === 0) return reject([rejectNoEdit(input)], []);
  if (!isOff('example-repeated')) {
    const repeated = edits.find(
      (edit) => repeatsExample(edit, input.rules?.example) && !isReal(edit, input, files),
    );
    if (repeated !== undefined) return reject([rejectExample(repeated, input)], []);
  }
  const { settled, rejections, count } = settleEdits(edits, input, files);
  if (count === 0) return reject([rejectNoEdit(input)], []);
  const context = {
    usesCrlf: input.reply.includes('\r\n'),
    asked: input.asked ?? input.format,
    mentioned: input.rules?.mentioned ?? '',
    isOff,
  };
  const groups = groupByPath(settled);
  const additions = new Map<SettledEdit, readonly string[]>();
  const results = groups.map((group) => {
    let outside: string | undefined;
    const elsewhere = () => (outside ??= addedOutside(group[0].path, settled, files, additions));
    return changeFile(group[0].path, group, files.open(group[0].path), { ...context, elsewhere });
  });
  const located = results.flatMap((result) => result.edits);
  const all = [...rejections, ...results.flatMap((result) => result.rejections)];
  if (all.length === 0) all.push(...guardFiles(results, input, files));
  const [first, ...rest] = all;
  if (first !== undefined) return reject([first, ...rest], located);
  const changes = results.flatMap((result) => listChanges(result, files));
  const clash = findClash(changes);
  if (clash !== undefined) return reject([clash], located);
  if (changes.length === 0 && !isOff('no-change')) return reject([rejectNoChange(located, input)], located);
  return { kind: 'applied', changes, edits: located };
}

function reject(rejections: [Rejection, ...Rejection[]], edits: LocatedEdit[]): ApplyOutcome {
  return { kind: 'rejected', rejections, edits };
}

/** An example's lines that the file itself holds are no repetition: the edit may be meant. */
function isReal(edit: Edit, input: ApplyInput, files: OpenFiles): boolean {
  if (edit.kind !== 'replace' || edit.path === undefined) return false;
  const resolved = resolvePath(edit.path, 'change', input);
  const file = resolved.kind === 'file' ? files.open(resolved.path) : undefined;
  const old = edit.readings[0]?.lines.filter((line) => line.op !== '+') ?? [];
  return (
    file !== undefined && old.length > 0 && old.every((line) => file.index.linesLike(line.text).length > 0)
  );
}

/** What the reply puts into other files that they do not have already; `known` has what was worked out of each edit. */
function addedOutside(
  path: string,
  settled: readonly SettledEdit[],
  files: OpenFiles,
  known: Map<SettledEdit, readonly string[]>,
): string {
  return settled
    .filter((edit) => edit.path !== path)
    .flatMap((other) => {
      const lines = known.get(other) ?? linesBeyond(addedLinesOf(other.edit), files.open(other.path)?.text);
      known.set(other, lines);
      return lines;
    })
    .join('\n');
}

function groupByPath(settled: readonly SettledEdit[]): [SettledEdit, ...SettledEdit[]][] {
  const groups = new Map<string, [SettledEdit, ...SettledEdit[]]>();
  for (const edit of settled) {
    const group = groups.get(edit.path);
    if (group === undefined) groups.set(edit.path, [edit]);
    else group.push(edit);
  }
  return [...groups.values()];
}

function listChanges(result: FileResult, files: OpenFiles): FileChange[] {
  const oldText = files.open(result.path)?.text;
  const { path, newText, renamedTo } = result;
  if (newText === undefined) return [];
  if (newText === null) return oldText === undefined ? [] : [{ kind: 'delete', path, oldText }];
  if (oldText === undefined) return [{ kind: 'create', path, newText }];
  if (renamedTo !== undefined) return [{ kind: 'rename', from: path, path: renamedTo, oldText, newText }];
  return oldText === newText ? [] : [{ kind: 'modify', path, oldText, newText }];
}

function rejectTruncated(): Rejection {
  return {
    code: 'truncated',
    path: undefined,
    message: 'The reply was cut off at its length limit, so its last edit is not complete.',
    feedback:
      'Your answer was too long and was cut off; nothing of it was applied. Send less: only the lines that change, ' +
      'with a few unchanged lines around them, and no explanation.',
  };
}

function rejectNoEdit(input: ApplyInput): Rejection {
  return {
    code: 'no-edit',
    path: undefined,
    message: 'The reply holds no edit.',
    feedback: `${tellNoEdit(input.format)} ${offer(input)}`,
  };
}

function rejectExample(edit: Edit, input: ApplyInput): Rejection {
  return {
    code: 'example-repeated',
    path: edit.path,
    message: 'The reply repeats the example of the format rules.',
    feedback: `You sent the example of the format, not an edit. Write the real lines of the file. ${offer(input)}`,
  };
}

function rejectNoChange(edits: readonly LocatedEdit[], input: ApplyInput): Rejection {
  const already = edits.some((edit) => edit.pass === 'already');
  return {
    code: 'no-change',
    path: edits[0]?.path,
    message: already ? 'Everything that the reply asks for is there already.' : 'The reply changes nothing.',
    feedback:
      'Your edit leaves the file exactly as it is. Look again at what the task asks for and send new lines that differ ' +
      `from the old ones. ${offer(input)}`,
  };
}
