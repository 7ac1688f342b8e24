import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { snapshotCheckout, type CheckoutSnapshot } from '../support/checkout-snapshot.js';
import { startScriptedOllama, type Replies } from '../support/scripted-ollama.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';
import { createAskedRequests, type AskedRequests } from './asked-requests.js';
import { startProcess, type NexusProcess, type ProcessEnd } from './nexus-process.js';
import { findProcesses, killProcesses, type Survivor } from './processes.js';
import { CONFIG, FILES, LAST_TASK, renderTasks, REPLIES, type TaskId } from './project.js';

/** A repository in the middle of somebody's work, its model server, and the processes that work in it. */
export interface Place {
  readonly repository: TempRepository;
  readonly commonDir: string;
  readonly tasks: readonly TaskId[];
  /** `TMPDIR` of everything that is started here; empty in the end. */
  readonly temporary: string;
  /** The checkout as the user left it, and what git said of it. */
  readonly before: CheckoutSnapshot;
  readonly statusBefore: string;
  readonly asked: AskedRequests;
  /** What went wrong with the script itself. */
  readonly scriptFailures: readonly string[];
  /** Answers instead of the script; set by what kills at a request. */
  intercept: Replies;
  start(args: readonly string[]): NexusProcess;
  /** Does one more task some minutes later, from which on nothing of the killed processes may be left. */
  doLastTask(): Promise<ProcessEnd>;
  /** Lines that checks and fixes wrote when they began: `PID …`. */
  commands(): string[];
  /** Processes of this place that are alive now. */
  survivors(): Survivor[];
  /** What git says of the checkout, without touching the index. */
  gitStatus(): string;
  close(options: { keep: boolean }): Promise<void>;
}

/** @param cli the command line's entry */
export async function createPlace(cli: string, tasks: readonly TaskId[]): Promise<Place> {
  const repository = createTempRepository();
  const temporary = join(repository.folder, 'tmp');
  mkdirSync(temporary);
  const commandsFile = join(repository.folder, 'commands.txt');
  writeFileSync(commandsFile, '');
  const commonDir = join(repository.path, '.git');
  const asked = createAskedRequests(commonDir);
  let intercept: Replies = REPLIES;
  const server = await startScriptedOllama({
    replies: (chat, index) => {
      asked.note(chat);
      return intercept(chat, index);
    },
  });
  writeProject(repository, server.url);
  const env = {
    NEXUS_CONFIG_HOME: join(repository.folder, 'home'),
    NEXUS_CACHE_HOME: join(repository.folder, 'cache'),
    CHAOS_COMMANDS: commandsFile,
    TMPDIR: temporary,
    NO_COLOR: '1',
  };
  const mark = `CHAOS_COMMANDS=${commandsFile}`;
  const start = (args: readonly string[]): NexusProcess =>
    startProcess(cli, args, { cwd: repository.path, env, mark });
  const setTasks = (ids: readonly TaskId[]): void => repository.write('tasks.yml', renderTasks(ids));
  setTasks([...tasks, LAST_TASK]);
  const trusted = await start(['trust', '--yes']).ended;
  if (trusted.exitCode !== 0) throw new Error(`nexus trust failed: ${trusted.output()}`);
  setTasks(tasks);
  return {
    repository,
    commonDir,
    tasks,
    temporary,
    before: snapshotCheckout(repository.path),
    statusBefore: statusOf(repository),
    asked,
    scriptFailures: server.failures,
    get intercept() {
      return intercept;
    },
    set intercept(replies) {
      intercept = replies;
    },
    start,
    async doLastTask() {
      letMinutesPass(join(commonDir, 'nexus'));
      setTasks([...tasks, LAST_TASK]);
      const end = await start(['run']).ended;
      setTasks(tasks);
      return end;
    },
    commands: () => readLines(commandsFile),
    survivors: () => findProcesses(mark),
    gitStatus: () => statusOf(repository),
    async close({ keep }) {
      killProcesses(mark);
      // Failures of the script have been reported as what they led to.
      await server.close().catch(() => undefined);
      if (!keep) repository.dispose();
    },
  };
}

/**
 * The project, and the user's own unfinished work in it: staged, changed, deleted, untracked and stashed.
 * `.nexus.yml` and `tasks.yml` are ignored, so that all places have the same trees whatever the port of their server.
 */
function writeProject(repository: TempRepository, url: string): void {
  appendFileSync(join(repository.path, '.git', 'info', 'exclude'), '.nexus.yml\ntasks.yml\n');
  repository.commit('Project', { ...FILES, 'own/a.txt': 'a\n', 'own/b.txt': 'b\n', 'own/c.txt': 'c\n' });
  repository.write('own/a.txt', 'stashed\n');
  repository.git(['stash', 'push', '--quiet']);
  repository.write('own/a.txt', 'staged\n');
  repository.git(['add', 'own/a.txt']);
  repository.write('own/b.txt', 'changed\r\nand not staged');
  repository.git(['rm', '--quiet', '--cached', 'own/c.txt']);
  repository.write('own/new.bin', Buffer.from([0, 255, 10, 13]));
  symlinkSync('a.txt', join(repository.path, 'own', 'link'));
  repository.write('.nexus.yml', `${CONFIG}overseer: { url: '${url}' }\ncoder: { url: '${url}' }\n`);
}

function statusOf(repository: TempRepository): string {
  const flags = ['--porcelain=v2', '--branch', '--show-stash', '--untracked-files=all'];
  return repository.git(['--no-optional-locks', 'status', ...flags]);
}

function readLines(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** What dead workers told is kept for a minute, so that their followers can read its end; a claim on the lock, too. */
function letMinutesPass(folder: string): void {
  const then = new Date(Date.now() - 5 * 60_000);
  const claims = readdirSync(folder).filter((name) => name.startsWith('lock.'));
  const workers = join(folder, 'workers');
  const told = existsSync(workers) ? readdirSync(workers).map((name) => join('workers', name)) : [];
  for (const name of [...claims, ...told]) utimesSync(join(folder, name), then, then);
}
