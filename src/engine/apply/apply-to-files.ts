import { stat } from 'node:fs/promises';
import { applyReply } from '../../edits/apply-reply.js';
import { listNamedPaths } from '../../edits/list-paths.js';
import { renderDiff } from '../../edits/render-diff.js';
import type {
  ApplyOutcome,
  EditFormat,
  FileChange,
  LocatedEdit,
  Rejection,
  RejectionCode,
  RepoPath,
} from '../../edits/types.js';
import { EXIT, hasCode, NexusError } from '../../errors.js';
import { checkPlaces } from '../../repository/working/check-places.js';
import { findWorkingPlace, type WorkingPlace } from '../../repository/working/find-place.js';
import { WorkingFiles } from '../../repository/working/working-files.js';
import { writeChanges } from '../../repository/working/write-changes.js';
import { loadParsers, type LoadParsers } from '../../syntax/load-parsers.js';
import { offerFiles, refuseName, type Offer } from './offer-files.js';
import { protectFiles } from './protect-files.js';

export interface ApplyOrder {
  reply: string;
  /** The file that it stands in; absolute. */
  replyFile: string | undefined;
  /** Folder of the working files; absolute. */
  root: string;
  /** Offered files as the user names them; undefined: the tracked ones, outside a repository every text file. */
  names: readonly string[] | undefined;
  /** Read the reply as this format only. */
  format: EditFormat | undefined;
  /** Find out everything, write nothing. */
  dryRun: boolean;
  signal: AbortSignal;
  /** Told once of each grammar that the installation lacks: the files of that language go without a parser. */
  onMissing: (error: NexusError) => void;
  /** Default: what comes with this installation. */
  loadParsers?: LoadParsers;
}

export interface ApplyReport {
  place: WorkingPlace;
  /** Written; with `dryRun`: would be. */
  applied: boolean;
  edits: LocatedEdit[];
  rejections: Rejection[];
  changes: FileChange[];
  /** Unified diff of the changes. */
  diff: string;
}

/**
 * Applies a reply of any model to working files: all of it or nothing. Nothing else of the repository is touched.
 * @throws NexusError for a wrong root or name (`usage`), also of a file that is not there and that no edit makes, a `.nexus.yml` that is wrong, a place that can't be read or
 *   written, a file that changes meanwhile; nothing is written then
 */
export async function applyToFiles(order: ApplyOrder): Promise<ApplyReport> {
  await requireFolder(order.root);
  const place = await findWorkingPlace(order.root);
  const offer = await offerFiles(place, {
    names: order.names,
    except: order.replyFile,
    signal: order.signal,
  });
  const isProtected = await protectFiles(place, offer.named);
  const told = new Set<string>();
  const onMissing = (error: NexusError) => {
    if (!told.has(error.message)) order.onMissing(error);
    told.add(error.message);
  };
  const outcome = await decide({ ...order, onMissing }, place, offer, isProtected);
  const { edits } = outcome;
  if (outcome.kind === 'rejected') {
    requireNamed(offer, outcome.rejections);
    return { place, applied: false, edits, rejections: outcome.rejections, changes: [], diff: '' };
  }
  const { changes } = outcome;
  const rejections = checkPlaces(place.root, changes, offer.submodules);
  if (rejections.length > 0) return { place, applied: false, edits, rejections, changes: [], diff: '' };
  const diff = renderDiff(changes);
  order.signal.throwIfAborted();
  if (!order.dryRun) writeChanges(place.root, changes);
  return { place, applied: true, edits, rejections: [], changes, diff };
}

/** Rejections that come of looking in the wrong file, or in none. */
const IS_ELSEWHERE: ReadonlySet<RejectionCode> = new Set(['not-found', 'unknown-path', 'not-offered']);

/** A named file that is not there is one to be made; where the reply only changes files, its name is a mistake. */
function requireNamed({ named, files }: Offer, rejections: readonly Rejection[]): void {
  const missing = [...named].filter((path) => !files.has(path));
  const [first] = missing;
  if (first === undefined || !rejections.every(({ code }) => IS_ELSEWHERE.has(code))) return;
  const meant = missing.find((path) => rejections.some((rejection) => rejection.path === path));
  if (meant === undefined && missing.length < named.size) return;
  throw refuseName(meant ?? first, 'is not there, and the reply does not make it');
}

type Decision = Exclude<ApplyOutcome, { kind: 'undecided' }>;
type Protection = (path: RepoPath) => string | undefined;

async function decide(
  order: ApplyOrder,
  place: WorkingPlace,
  offer: Offer,
  isProtected: Protection,
): Promise<Decision> {
  const asked = { ...order, place, isProtected };
  try {
    return await decideFor(asked, offer.files, offer.paths);
  } catch (error) {
    if (!hasCode(error, 'too-many-files')) throw error;
    // Beside edits that name their files, blocks without a path only show something: the named files tell.
    const files = new WorkingFiles(place.root, offer.submodules);
    const named = new Set(listNamedPaths({ reply: order.reply, files, offered: offer.paths }).paths);
    const narrowed = offer.paths.filter((path) => named.has(path));
    if (narrowed.length === 0) throw error;
    return decideFor(asked, files, narrowed);
  }
}

async function decideFor(
  asked: ApplyOrder & { place: WorkingPlace; isProtected: Protection },
  files: WorkingFiles,
  offered: readonly RepoPath[],
): Promise<Decision> {
  const { reply, place, isProtected } = asked;
  const format = asked.format === undefined ? {} : { format: asked.format };
  const { paths, isOpen } = listNamedPaths({ reply, files, offered, ...format });
  const load = asked.loadParsers ?? loadParsers;
  const parsers = await load(isOpen ? [...paths, ...offered] : paths, asked.onMissing);
  const decideWith = (mayTouch: (path: RepoPath) => boolean): Decision => {
    const rules = { isProtected, mayTouch, parsers };
    const outcome = applyReply({ reply, ending: 'stop', files, offered, rules, ...format });
    if (outcome.kind === 'undecided') throw new Error('A finished reply was left undecided.');
    return outcome;
  };
  const mayBeNew = (path: RepoPath): boolean => {
    const content = files.get(path);
    // What is there and no text is let through: it is refused for what it is, whoever names it.
    return content === undefined ? !repeatsPrefix(path, place) : content.kind !== 'text';
  };
  const decided = decideWith(mayBeNew);
  if (decided.kind === 'applied' || !decided.rejections.some(({ code }) => code === 'not-offered'))
    return decided;
  // A file that the same reply made before is not tracked yet; nothing is changed in it if all of it is there.
  const again = decideWith((path) => files.has(path) || mayBeNew(path));
  return isWithin(again, new Set(offered), files) ? again : decided;
}

/** Whether a decision leaves every file alone that is there and not offered. */
function isWithin(decided: Decision, offered: ReadonlySet<RepoPath>, files: WorkingFiles): boolean {
  if (decided.kind === 'rejected') return decided.rejections.every(({ code }) => code === 'no-change');
  return decided.changes.every((change) => {
    const path = change.kind === 'rename' ? change.from : change.path;
    return offered.has(path) || !files.has(path);
  });
}

/** A new path written as from the top of the repository, where it is read as from a folder further down. */
function repeatsPrefix(path: RepoPath, { prefix }: WorkingPlace): boolean {
  return prefix !== '' && path.startsWith(prefix);
}

async function requireFolder(root: string): Promise<void> {
  const stats = await stat(root).catch(() => undefined);
  if (stats?.isDirectory() === true) return;
  throw new NexusError({
    code: 'usage',
    message: `--root ${root} is no folder.`,
    remedy: 'Name the folder that has the files to change; without --root it is the current one.',
    exitCode: EXIT.usage,
  });
}
