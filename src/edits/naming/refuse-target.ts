import type { Declaration } from '../../syntax/types.js';
import type { FileNames } from './file-names.js';
import { isInOneScope, isMemberByItself, isSameScope, plainSignature } from './scopes.js';

/** Named, but not to be told apart or not to be replaced; `why` completes "`f` …" for people and model. */
export interface Refusal {
  kind: 'refused';
  code: 'ambiguous' | 'not-found';
  why: string;
  advice: string;
  lines: readonly number[];
}

/** Refuses what fits several declarations. */
export function refuseAmong(candidates: readonly Declaration[]): Refusal {
  return {
    kind: 'refused',
    code: 'ambiguous',
    why: 'is declared several times in the file',
    advice: adviseAmong(candidates),
    lines: candidates.map((candidate) => candidate.head.line),
  };
}

function adviseAmong(candidates: readonly Declaration[]): string {
  const [first] = candidates;
  if (first !== undefined && !isInOneScope(candidates)) return adviseScope(first);
  if (new Set(candidates.map(plainSignature)).size > 1)
    return 'Send it with the parameters of the one that you mean.';
  return new Set(candidates.map(({ signature }) => signature)).size > 1
    ? 'Send it with what stands above the one that you mean, as in the file.'
    : 'Send old lines and new lines instead, with a few lines around it.';
}

/** How to send a member so that it is clear whose it is: Go says so in the first line of a method. */
function adviseScope({ signature }: Declaration): string {
  if (signature.startsWith('func (')) return 'Send it with its receiver, as it stands there.';
  const around = /(?:^| )fn /.test(signature) ? '`impl` block' : 'class';
  return `Send it inside its ${around}, which may stand there without its other members.`;
}

/** Refuses what may be one overload more. */
export function refuseOverload({ head }: Declaration): Refusal {
  return {
    kind: 'refused',
    code: 'ambiguous',
    why: 'takes other types in the file: it may be meant as another overload',
    advice: 'Send old lines and new lines instead, so that it is clear which lines go.',
    lines: [head.line],
  };
}

/** Refuses what is a member on one side only. */
export function refuseMismatch(candidates: readonly Declaration[], why: string): Refusal {
  const lines = candidates.map((candidate) => candidate.head.line);
  const advice = 'Send it inside its class if that one is meant, else give it another name.';
  return { kind: 'refused', code: 'ambiguous', why, advice, lines };
}

/** A prototype beside a definition, or the other way round; elsewhere it could be meant for that. */
export function explainApart(named: readonly Declaration[], wanted: Declaration): Refusal | { kind: 'new' } {
  const other = named.find(({ isLocal, scope }) => !isLocal && !isSameScope(scope, wanted.scope));
  if (other === undefined || wanted.scope.length > 0) return { kind: 'new' };
  const why = `is declared in \`${other.scope.join('.')}\` in the file`;
  return { kind: 'refused', code: 'ambiguous', why, advice: adviseScope(other), lines: [other.head.line] };
}

/** What a name without a fitting declaration is: new, unless it stands elsewhere or in another way in the file. */
export function explainNone(
  file: FileNames,
  named: readonly Declaration[],
  wanted: Declaration,
): Refusal | { kind: 'new' } | { kind: 'found'; declaration: Declaration; as: string } {
  const refuse = (
    why: string,
    advice: string,
    line: number,
    code: Refusal['code'] = 'not-found',
  ): Refusal => ({
    kind: 'refused',
    code,
    why,
    advice,
    lines: [line],
  });
  if (wanted.scope.length > 0) return { kind: 'new' };
  const local = named.find((candidate) => candidate.isLocal);
  if (local !== undefined) {
    const around = local.scope.join('.');
    return refuse(`stands inside \`${around}\``, `Send \`${around}\` whole.`, local.head.line);
  }
  const [other] = named;
  if (other !== undefined) {
    return other.scope.length > 0
      ? refuse(`is a member of \`${other.scope.join('.')}\` in the file`, adviseScope(other), other.head.line)
      : other.place === 'member'
        ? refuse('stands in a group in the file', 'Send it inside that group.', other.head.line)
        : refuse('is no member of a class in the file', 'Send it as it stands there.', other.head.line);
  }
  if (isMemberByItself(wanted)) return { kind: 'new' };
  // `exports.f = …` is another way to declare `f`: two of them would be one too many.
  const twin = isBareExport(wanted) ? undefined : file.twinOf(wanted.name);
  if (twin !== undefined) {
    const as = assignmentFor(twin, wanted);
    if (as !== undefined) return { kind: 'found', declaration: twin, as };
    return refuse(`is written as \`${twin.name}\` in the file`, 'Send it so.', twin.head.line);
  }
  const imported = file.importOf(wanted.name);
  if (imported !== undefined) {
    const { from } = imported.statement.lines;
    const advice = 'Use the imported one, or give yours another name.';
    return refuse('is imported in the file', advice, from, 'ambiguous');
  }
  return { kind: 'new' };
}

/** What makes `function f() {…}` of a reply the function or class that the file has as `exports.f = …`. */
function assignmentFor(twin: Declaration, wanted: Declaration): string | undefined {
  const isPlain = /^(?:(?:async )?function\b|class\b)/.test(wanted.signature) && wanted.hasOwnLines;
  const isCode = twin.arity !== undefined || twin.members.some(({ isLocal }) => !isLocal);
  const isExport = /^(?:module\.)?exports\./.test(twin.name);
  return isPlain && isCode && isExport && twin.hasOwnLines ? `${twin.name} = ` : undefined;
}

/** `exports.f = f` declares nothing again. */
function isBareExport({ name, arity, members }: Declaration): boolean {
  return /^(?:module\.)?exports\./.test(name) && arity === undefined && members.length === 0;
}
