import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { copyCommandLine } from './cli-copy.js';
import { createFigures, noteKill, type Figures } from './figures.js';
import { nameEntry, readJournals } from './journals.js';
import { armKill, describeKill, planKill, type OpenPoints, type PlannedKill } from './kills.js';
import type { NexusProcess, ProcessEnd } from './nexus-process.js';
import { createPlace, type Place } from './place.js';
import type { TaskId } from './project.js';
import { createRandom, type Random } from './random.js';
import { findBreaches, readResult, type Result } from './verify.js';

export interface CampaignOptions {
  /** The project whose built command line is killed. */
  project: string;
  kills: number;
  seed: number;
  /** What is killed. `watch` is asked to end when it has done everything. */
  command: 'run' | 'watch';
  /** What there is to do in each repository. */
  tasks: readonly TaskId[];
  /** Fewest and most kills in one repository, before it is let come to its end. */
  chain: readonly [number, number];
  /** How many repositories are worked in at a time. */
  lanes: number;
  onProgress?: (line: string) => void;
}

/** What one undisturbed run came to, and how long it took. */
interface Undisturbed {
  result: Result;
  lengthMs: number;
}

interface Campaign {
  cli: string;
  options: CampaignOptions;
  undisturbed: Undisturbed;
  open: OpenPoints;
  figures: Figures;
  /** Kills that no repository is to get yet. */
  left: number;
}

/** One repository with all that happens in it, which depends on its number alone. */
interface Chain {
  number: number;
  place: Place;
  random: Random;
  wanted: number;
  /** Kills so far. */
  killed: number;
  story: string[];
}

/** More runs than any chain needs: each that is not killed comes to its end. */
const MOST_RUNS = 100;
/** What a watch ends with that was asked to. */
const INTERRUPTED = 130;
/** Several tell more about a defect than one. */
const MOST_FAILURES = 5;

/**
 * Kills the command line `kills` times in as many repositories as that takes, lets each come to its end, and holds the
 * end against that of a run that nobody killed.
 * @throws Error that says with which seed and after which kills what was different, and where the repository was kept
 */
export async function runCampaign(options: CampaignOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-chaos-'));
  try {
    const cli = copyCommandLine(options.project, join(folder, 'nexus'));
    const { undisturbed, points } = await runUndisturbed(cli, options);
    const figures = createFigures(options.seed, undisturbed.lengthMs, points.size);
    const campaign = { cli, options, undisturbed, open: points, figures, left: options.kills };
    const lanes = Array.from({ length: options.lanes }, async () => runLane(campaign));
    const failures = (await Promise.all(lanes)).flat();
    if (failures.length > 0) throw new Error(failures.join('\n\n'));
    figures.journalPointsKilledAt = figures.journalPoints - points.size;
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runUndisturbed(
  cli: string,
  options: CampaignOptions,
): Promise<{ undisturbed: Undisturbed; points: OpenPoints }> {
  const place = await createPlace(cli, options.tasks);
  let keep = true;
  try {
    const end = await startCommand(options, place).ended;
    const points = new Set(
      readJournals(place.commonDir).flatMap(({ task, entries }) =>
        entries.map((entry) => nameEntry(task, entry)),
      ),
    );
    const breaches = [...sayEnd(end), ...sayEnd(await place.doLastTask())];
    breaches.push(...(await findBreaches(place, undefined)));
    if (breaches.length > 0)
      throw new Error(
        `The undisturbed run is not as it should be (${place.repository.path}):\n${breaches.join('\n')}`,
      );
    options.onProgress?.(`undisturbed: ${Math.round(end.afterMs)} ms, ${points.size} journal points`);
    keep = false;
    return { undisturbed: { result: await readResult(place), lengthMs: end.afterMs }, points };
  } finally {
    await place.close({ keep });
  }
}

/** One repository after the other, until there are no kills left. Returns the accounts of what went wrong. */
async function runLane(campaign: Campaign): Promise<string[]> {
  const { options, figures } = campaign;
  const failures: string[] = [];
  while (campaign.left > 0 && failures.length < MOST_FAILURES) {
    figures.repositories += 1;
    const number = figures.repositories;
    const random = createRandom(options.seed + 1_000_003 * number);
    const wanted = Math.min(random.whole(...options.chain), campaign.left);
    campaign.left -= wanted;
    const place = await createPlace(campaign.cli, options.tasks);
    const chain: Chain = { number, place, random, wanted, killed: 0, story: [] };
    failures.push(...(await runChain(campaign, chain)));
    campaign.left += wanted - chain.killed;
    options.onProgress?.(`${figures.kills} of ${options.kills} kills, ${figures.repositories} repositories`);
  }
  return failures;
}

/** One repository from its beginning to its end, with some kills on the way. */
async function runChain(campaign: Campaign, chain: Chain): Promise<string[]> {
  const { place } = chain;
  const { figures, undisturbed } = campaign;
  let keep = true;
  try {
    const breaches = await runToTheEnd(campaign, chain);
    breaches.push(...sayEnd(await place.doLastTask()));
    breaches.push(...(await findBreaches(place, undisturbed.result)));
    figures.requests += place.asked.total;
    figures.requestsLost += place.asked.lost;
    figures.requestsLostThoughOnDisk += place.asked.unlisted;
    keep = breaches.length > 0;
    return keep ? [describeBreach(campaign, chain, breaches)] : [];
  } finally {
    await place.close({ keep });
  }
}

/** Starts a run again and again until one comes to its end; the first ones are killed. Returns what went wrong. */
async function runToTheEnd(campaign: Campaign, chain: Chain): Promise<string[]> {
  const { figures, undisturbed } = campaign;
  const { place, random, wanted, story } = chain;
  let lastKillAt = performance.now();
  for (let runs = 1; runs <= MOST_RUNS; runs += 1) {
    const kill = chain.killed < wanted ? planKill(random, undisturbed.lengthMs, wanted) : undefined;
    const { end, where } = await runOnce(campaign, place, kill);
    figures.runs += 1;
    if (end.output().includes('goes on where its last run stopped')) figures.resumedRuns += 1;
    if (kill === undefined || where === undefined || end.signal !== 'SIGKILL') {
      if (kill !== undefined) figures.endedBeforeTheirKill += 1;
      const finishMs = chain.killed > 0 ? performance.now() - lastKillAt : 0;
      figures.longestFinishMs = Math.max(figures.longestFinishMs, finishMs);
      story.push(`run ${runs} ended by itself with ${end.exitCode ?? end.signal}`);
      return sayEnd(end);
    }
    chain.killed += 1;
    lastKillAt = performance.now();
    place.asked.settle();
    noteKill(figures, kill, place.survivors());
    story.push(`kill ${chain.killed} of ${wanted}: ${describeKill(kill)}: ${where}`);
    // Sometimes at once, while what the killed process had started is still at work.
    await delay(random.pick([0, 0, random.whole(1, 400)]));
  }
  return [`it did not come to its end within ${MOST_RUNS} runs`];
}

async function runOnce(
  { options, open }: Campaign,
  place: Place,
  kill: PlannedKill | undefined,
): Promise<{ end: ProcessEnd; where: string | undefined }> {
  const running = startCommand(options, place);
  if (kill === undefined) return { end: await running.ended, where: undefined };
  let where: string | undefined;
  const disarm = armKill(place, kill, open, (point) => {
    where = point;
    running.kill(kill.scope);
  });
  const end = await running.ended.finally(disarm);
  return { end, where };
}

/** A watch goes on when all is done: it is asked to end then, and counts as if it had ended by itself. */
function startCommand({ command }: CampaignOptions, place: Place): NexusProcess {
  const running = place.start([command]);
  if (command === 'run') return running;
  let asked = false;
  const timer = setInterval(() => {
    if (asked || !isAllDone(place)) return;
    asked = true;
    running.stop();
  }, 20);
  const ended = running.ended.finally(() => clearInterval(timer));
  return {
    ...running,
    ended: ended.then((end) => (asked && end.exitCode === INTERRUPTED ? { ...end, exitCode: 0 } : end)),
  };
}

function isAllDone(place: Place): boolean {
  const journals = readJournals(place.commonDir);
  return place.tasks.every((id) =>
    journals.some(({ task, entries }) => task === id && entries.at(-1)?.type === 'ended'),
  );
}

function sayEnd({ exitCode, signal, output }: ProcessEnd): string[] {
  return exitCode === 0 ? [] : [`it ended with ${exitCode ?? signal}:\n${output()}`];
}

function describeBreach({ options }: Campaign, chain: Chain, breaches: readonly string[]): string {
  const { number, place, story } = chain;
  return [
    `Seed ${options.seed}, repository ${number}, kept in ${place.repository.folder}`,
    ...story.map((line) => `  ${line}`),
    'What is not as it should be:',
    ...breaches.map((breach) => `- ${breach}`),
  ].join('\n');
}
