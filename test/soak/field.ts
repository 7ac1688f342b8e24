import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { killProcesses } from '../chaos/processes.js';
import { startProcess, type ProcessEnd } from '../chaos/nexus-process.js';
import { createRandom } from '../chaos/random.js';
import { startScriptedOllama } from '../support/scripted-ollama.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';
import { createDiskLog, type DiskLog } from './disk-log.js';
import { createReplies } from './replies.js';
import { createTaskList, renderTasks, type TaskList } from './task-list.js';
import { startWatchProcess, type WatchProcess } from './watch-process.js';

export const SETTLE_MS = 500;

/** A request to the model, in ms of `performance.now()`. */
export interface AskedTask {
  at: number;
  title: string;
}

/** The repository, the watch in it, and everything that is known of both. */
export interface Field {
  readonly repository: TempRepository;
  readonly file: string;
  readonly commonDir: string;
  /** `TMPDIR` of everything that is started here; empty in the end. */
  readonly temporary: string;
  readonly list: TaskList;
  readonly disk: DiskLog;
  readonly watch: WatchProcess;
  readonly asked: readonly AskedTask[];
  readonly scriptFailures: readonly string[];
  /** Another `nexus`, until its end. */
  nexus(args: readonly string[]): Promise<ProcessEnd>;
  close(options: { keep: boolean }): Promise<void>;
}

/** @param cli the command line's entry */
export async function createField(cli: string, seed: number): Promise<Field> {
  const repository = createTempRepository();
  const temporary = join(repository.folder, 'tmp');
  mkdirSync(temporary);
  const asked: AskedTask[] = [];
  const onAsked = (title: string): void => void asked.push({ at: performance.now(), title });
  // Random numbers of its own: which request comes next depends on the machine.
  const server = await startScriptedOllama({ replies: createReplies(createRandom(seed + 1), onAsked) });
  const list = createTaskList();
  writeProject(repository, list, configOf(server.url, seed));
  const file = join(repository.path, 'tasks.yml');
  const mark = `NEXUS_CONFIG_HOME=${join(repository.folder, 'home')}`;
  const env = {
    NEXUS_CONFIG_HOME: join(repository.folder, 'home'),
    NEXUS_CACHE_HOME: join(repository.folder, 'cache'),
    TMPDIR: temporary,
    NO_COLOR: '1',
  };
  const cwd = repository.path;
  const nexus = (args: readonly string[]): Promise<ProcessEnd> =>
    startProcess(cli, args, { cwd, env, mark }).ended;
  const trusted = await nexus(['trust', '--yes']);
  if (trusted.exitCode !== 0) throw new Error(`nexus trust failed: ${trusted.output()}`);
  return {
    repository,
    file,
    commonDir: join(cwd, '.git'),
    temporary,
    list,
    disk: createDiskLog(file),
    watch: startWatchProcess(cli, { cwd, env }),
    asked,
    scriptFailures: server.failures,
    nexus,
    async close({ keep }) {
      killProcesses(mark);
      // Failures of the script have been reported as what they led to.
      await server.close().catch(() => undefined);
      if (!keep) repository.dispose();
    },
  };
}

/** With every other seed both models fit in memory, so that tasks are done one by one instead of role by role. */
function configOf(url: string, seed: number): string {
  return [
    'checks: [git grep -q title -- src]',
    `watch: { settle: ${SETTLE_MS / 1000} }`,
    `models: { resident: ${1 + (seed % 2)} }`,
    `overseer: { url: '${url}' }`,
    `coder: { url: '${url}' }`,
    '',
  ].join('\n');
}

/** Two branches with different `tasks.yml`; nothing of git's own happens in the background. */
function writeProject(repository: TempRepository, list: TaskList, config: string): void {
  appendFileSync(join(repository.path, '.git', 'info', 'exclude'), '.nexus.yml\n');
  repository.git(['config', 'gc.auto', '0']);
  repository.git(['config', 'maintenance.auto', 'false']);
  repository.write('.nexus.yml', config);
  const files = { 'src/first.mjs': "export const title = 'First';\n", 'notes.md': '# Notes\n' };
  repository.commit('Project', { ...files, 'tasks.yml': list.render() });
  repository.git(['switch', '--quiet', '-c', 'other']);
  const others = list.tasks.slice(0, 2).map((task) => ({ ...task, version: 900 }));
  repository.commit('Other tasks', { 'tasks.yml': renderTasks(others) });
  repository.git(['switch', '--quiet', 'main']);
}
