import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { copyCommandLine } from '../chaos/cli-copy.js';
import { createRandom, type Random } from '../chaos/random.js';
import { createField, SETTLE_MS, type Field } from './field.js';
import { collectFigures, type Figures } from './figures.js';
import { findFinalBreaches, findLeftovers, readStates } from './final-state.js';
import { findStartBreaches } from './starts.js';
import { createUser, type User } from './user.js';
import { createVisitors, type Visitors } from './visitors.js';

export interface SoakOptions {
  /** The project whose built command line is soaked. */
  project: string;
  edits: number;
  seed: number;
  onProgress?: (line: string) => void;
}

/** Far more than what is left to do takes on a busy machine. */
const IDLE_WITHIN_MS = 300_000;
/** Nothing comes any more after so long without an event. */
const CALM_MS = 1500;
/** Each round resumes or waits for something; a task that is not done then never is. */
const MOST_ROUNDS = 6;

/**
 * One `nexus watch` in one repository, while `tasks.yml` is edited `edits` times.
 * @throws Error that says what is not as it should be, and where everything was kept
 */
export async function runSoak(options: SoakOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-soak-'));
  let keep = true;
  let field: Field | undefined;
  try {
    field = await createField(copyCommandLine(options.project, join(folder, 'nexus')), options.seed);
    const figures = await soak(field, options);
    keep = figures.breaches.length > 0;
    if (keep) keepStory(field);
    return figures;
  } finally {
    await field?.close({ keep });
    rmSync(folder, { recursive: true, force: true });
  }
}

async function soak(field: Field, options: SoakOptions): Promise<Figures> {
  const random = createRandom(options.seed);
  const user = createUser(field, random);
  const visitors = createVisitors(field, createRandom(options.seed + 2));
  const styles: Record<string, number> = {};
  await becomeIdle(field, 0);
  const from = performance.now();
  for (let edits = 0; edits < options.edits && !field.watch.hasEnded(); edits += 1) {
    await delay(pauseOf(random));
    const style = await user.edit();
    styles[style] = (styles[style] ?? 0) + 1;
    if (random.whole(1, 6) === 1) await user.commit();
    if (random.whole(1, 3) === 1) await visitors.visit(user);
    if ((edits + 1) % 20 === 0) options.onProgress?.(`${edits + 1} of ${options.edits} edits`);
  }
  const until = performance.now();
  const breaches = await finish(field, user, visitors);
  return collectFigures(field, {
    seed: options.seed,
    from,
    until,
    styles,
    visits: visitors.counts,
    breaches,
  });
}

/** Lets it come to its end, and holds that against what the user did. */
async function finish(field: Field, user: User, visitors: Visitors): Promise<string[]> {
  await visitors.gone();
  field.list.free();
  await user.save();
  const stuck = await doTheRest(field);
  const final = await findFinalBreaches(field);
  const end = await field.watch.stop();
  // The checkout is looked at once more.
  await user.act(async () => undefined);
  const ended = end === 130 ? [] : [`nexus watch ended with ${end}: ${field.watch.errors()}`];
  return [
    ...ended,
    ...stuck,
    ...user.found,
    ...visitors.found,
    ...findStartBreaches(field),
    ...final,
    ...findLeftovers(field),
    ...field.scriptFailures.map((failure) => `the model server: ${failure}`),
  ];
}

/** What the user cancelled goes on when the user asks for it; everything else has to by itself. */
async function doTheRest(field: Field): Promise<string[]> {
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const saved = field.disk.stood.at(-1)?.from ?? 0;
    const isIdle = await becomeIdle(field, saved + SETTLE_MS);
    if (!isIdle) return ['nexus watch did not come to its end'];
    const cancelled = (await readStates(field)).filter(
      ({ state }) => state.reason === 'cancelled' && state.detail?.startsWith('You cancelled it') === true,
    );
    if (cancelled.length === 0) return [];
    for (const { id } of cancelled) {
      const { exitCode, output } = await field.nexus(['run', id]);
      if (exitCode !== 0) return [`nexus run ${id} ended with ${exitCode}:\n${output()}`];
    }
  }
  return [`after ${MOST_ROUNDS} rounds there are cancelled tasks`];
}

async function becomeIdle({ watch }: Field, notBefore: number): Promise<boolean> {
  const giveUpAt = performance.now() + IDLE_WITHIN_MS;
  while (performance.now() < giveUpAt && !watch.hasEnded()) {
    const last = watch.events.at(-1);
    const now = performance.now();
    const isCalm = last !== undefined && now - last.at > CALM_MS && now - notBefore > CALM_MS;
    if (isCalm && watch.working().length === 0) return true;
    await delay(50);
  }
  return false;
}

function pauseOf(random: Random): number {
  return random.pick([
    random.whole(0, 200),
    random.whole(0, 200),
    random.whole(200, 900),
    random.whole(500, 2500),
  ]);
}

/** For whoever looks for the reason: what stood in the file, and what the watch told, by the same clock. */
function keepStory({ repository, disk, watch, asked }: Field): void {
  const story = [
    ...disk.stood.map(({ from, until, text }) => ({ at: from, stoodMs: Math.round(until - from), text })),
    ...watch.events,
    ...asked.map(({ at, title }) => ({ at, asked: title })),
  ].toSorted((a, b) => a.at - b.at);
  const lines = story.map((line) => JSON.stringify(line));
  writeFileSync(join(repository.folder, 'story.ndjson'), `${lines.join('\n')}\n`);
}
