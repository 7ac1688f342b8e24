import { createTwoFilesPatch } from 'diff';
import type { ApplyOutcome } from '../../src/edits/types.js';
import type { Case } from './make-case.js';

/** A case with what became of it, for whoever mends the engine. */
export function showCase(one: Case, verdict: string, outcome: ApplyOutcome): string {
  const parts = [
    `==== ${one.id} · ${one.format} · ${one.language} · answer ${one.answer} · ${verdict} ====`,
    `offered: ${[...one.files.keys()].join(', ')}; reply ended with ${one.ending}`,
    '---- reply',
    one.reply.replaceAll('\r', '␍').replaceAll('\t', '→'),
  ];
  if (outcome.kind === 'rejected') {
    for (const { code, message } of outcome.rejections) parts.push(`---- rejected: ${code}: ${message}`);
  }
  for (const [path, text] of one.truth) parts.push('---- meant', diff(path, one.files.get(path) ?? '', text));
  if (outcome.kind === 'applied') {
    for (const edit of outcome.edits) parts.push(`---- placed ${edit.path}:${edit.line} by ${edit.pass}`);
    for (const change of outcome.changes) {
      const newText = change.kind === 'delete' ? '' : change.newText;
      const meant = one.truth.get(change.path);
      if (meant === newText) continue;
      parts.push(`---- ${change.kind}: meant → made`, diff(change.path, meant ?? '', newText));
    }
  }
  return `${parts.join('\n')}\n`;
}

function diff(path: string, from: string, to: string): string {
  return createTwoFilesPatch(path, path, from, to, '', '', { context: 3 })
    .replaceAll('\r', '␍')
    .replaceAll('\t', '→');
}
