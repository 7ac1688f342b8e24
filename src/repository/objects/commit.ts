import type { CommitInfo, Identity, ObjectId } from '../repository.js';
import { parseTrailers } from '../trailers.js';

/** What a commit says. */
export interface CommitText {
  tree: ObjectId;
  parent: ObjectId;
  /** Also the committer. */
  author: Identity;
  message: string;
}

/** A commit object, unsigned, as `git commit-tree` writes it in UTF-8. */
export function renderCommit({ tree, parent, author, message }: CommitText, now: Date): string {
  const who = `${author.name} <${author.email}> ${Math.floor(now.getTime() / 1000)} ${zoneOf(now)}`;
  return `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\n${message}`;
}

/** `+0100` */
function zoneOf(now: Date): string {
  const minutes = -now.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}${String(rest).padStart(2, '0')}`;
}

const TRAILER = /^[A-Za-z0-9][A-Za-z0-9-]*: \S(?:.*\S)?$/;

/**
 * What git tells of such a commit, read off its message.
 * @returns undefined unless the message is plain: a line, perhaps paragraphs, and last nothing but trailers
 */
export function describeCommit(oid: ObjectId, about: CommitText): CommitInfo | undefined {
  const { tree, parent, author, message } = about;
  const [, subject, body] = /^(\S(?:[^\n]*\S)?)\n\n(\S.*\S)\n$/s.exec(message) ?? [];
  const trailers = body?.split('\n\n').at(-1);
  if (subject === undefined || body === undefined || trailers === undefined) return undefined;
  if (/[^\P{Cc}\n]|\n\n\n/u.test(message)) return undefined;
  if (!trailers.split('\n').every((line) => TRAILER.test(line))) return undefined;
  return {
    oid,
    parents: [parent],
    tree,
    subject,
    body: `${body}\n`,
    authorEmail: author.email,
    committerEmail: author.email,
    trailers: parseTrailers(trailers),
  };
}
