import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.js';
import { executeRun, planRun, type RunRequest, type RunSummary } from '../../src/engine/run.js';
import { surveyTasks } from '../../src/engine/survey.js';
import { openWorkspace, type Workspace } from '../../src/engine/workspace.js';
import type { TaskState } from '../../src/journal/task-state.js';
import {
  startScriptedOllama,
  type Replies,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
} from '../support/scripted-ollama.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

export interface SceneOptions {
  /** Files of the first commit; default: none besides `readme.md`. */
  files?: Readonly<Record<string, string>>;
  /** Lines of `.nexus.yml`; the servers' addresses are added. */
  config?: string;
  tasks: string;
  replies: Replies;
  server?: Partial<ScriptedOllamaOptions>;
  /** Name of the work tree's folder. */
  name?: string;
}

export interface RunSettings extends RunRequest {
  planOnly?: boolean;
  signal?: AbortSignal;
  /** Ends a request, too; default: `signal` does. */
  abort?: AbortSignal;
  /** Told of every event but `progress`, which comes by the clock. */
  onEvent?: (event: EngineEvent) => void;
  /** Where the user stands; default: the top of the work tree. */
  from?: string;
  /** Changes the workspace before it is used. */
  prepare?: (workspace: Workspace) => Workspace;
}

export type Event<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

/** A temporary repository whose functions can be taken out of it. */
type FreeRepository = {
  [K in keyof TempRepository]: TempRepository[K] extends (...args: infer A) => infer R
    ? (...args: A) => R
    : TempRepository[K];
};

/** A real repository, a scripted server, and the engine between them. */
export interface Scene {
  readonly repository: FreeRepository;
  readonly server: ScriptedOllama;
  /** Events of all runs so far, without `progress`. */
  readonly events: EngineEvent[];
  open(from?: string): Promise<Workspace>;
  /** Plans and executes as `nexus run` does. */
  run(settings?: RunSettings): Promise<RunSummary>;
  state(task: string): Promise<TaskState>;
  told<T extends EngineEvent['type']>(type: T): Event<T>[];
  /** Replaces what the user wrote in `tasks.yml`. */
  setTasks(text: string): void;
  setConfig(text: string): void;
  /** Subjects of the branch's commits since `main`, oldest first. */
  subjects(branch: string, base?: string): string[];
  /** `Nexus-Step` of the branch's commits since `main`, oldest first. */
  labels(branch: string, base?: string): string[];
  /** A file as it is on a branch, without its last line end; undefined when it is not there. */
  show(branch: string, path: string): string | undefined;
  tree(branch: string): string;
  dispose(): Promise<void>;
}

/**
 * `.nexus.yml` and `tasks.yml` are ignored by git here: so two scenes that differ only in the port of their server have
 * the same trees.
 */
async function createScene(options: SceneOptions): Promise<Scene> {
  const repository: FreeRepository = {
    ...createTempRepository({
      project: options.files ?? {},
      ...(options.name === undefined ? {} : { name: options.name }),
    }),
  };
  const server = await startScriptedOllama({ replies: options.replies, ...options.server });
  appendFileSync(join(repository.path, '.git', 'info', 'exclude'), '.nexus.yml\ntasks.yml\n');
  const events: EngineEvent[] = [];
  const setConfig = (text: string): void => repository.write('.nexus.yml', withAddress(text, server.url));
  const setTasks = (text: string): void => repository.write('tasks.yml', text);
  setConfig(options.config ?? '');
  setTasks(options.tasks);

  const open = async (from = repository.path): Promise<Workspace> => openWorkspace(from);
  const trailers = (format: string, branch: string, base: string): string[] => {
    const text = repository.git(['log', '--reverse', `--format=${format}`, `${base}..${branch}`]);
    return text.split('\n').filter((line) => line !== '');
  };
  return {
    repository,
    server,
    events,
    open,
    setConfig,
    setTasks,
    async run(settings = {}) {
      const { planOnly = false, onEvent, from, prepare, ...request } = settings;
      const { signal = new AbortController().signal, abort = signal, ...about } = request;
      const opened = await open(from);
      const workspace = prepare?.(opened) ?? opened;
      const sink = (event: EngineEvent): void => {
        if (event.type === 'progress') return;
        events.push(event);
        onEvent?.(event);
      };
      const plan = await planRun(workspace, about);
      return executeRun(workspace, plan, { planOnly, sink, signal, abort, request: about, retryBaseMs: 1 });
    },
    async state(task) {
      const { entries } = await surveyTasks(await open());
      const entry = entries.find((each) => each.task.id === task);
      if (entry === undefined) throw new Error(`no task ${task}`);
      return entry.state;
    },
    told<T extends EngineEvent['type']>(type: T): Event<T>[] {
      return events.filter((event): event is Event<T> => event.type === type);
    },
    subjects: (branch, base = 'main') => trailers('%s', branch, base),
    labels: (branch, base = 'main') =>
      trailers('%(trailers:key=Nexus-Step,valueonly,separator=%x2C)', branch, base),
    show(branch, path) {
      const listed = repository.git(['ls-tree', '--name-only', branch, '--', path]);
      return listed === '' ? undefined : repository.git(['show', `${branch}:${path}`]);
    },
    tree: (branch) => repository.git(['rev-parse', `${branch}^{tree}`]),
    async dispose() {
      try {
        await server.close();
      } finally {
        repository.dispose();
      }
    },
  };
}

/** A scene that is gone when the test is over. */
export async function setScene(options: SceneOptions): Promise<Scene> {
  const scene = await createScene(options);
  onTestFinished(async () => scene.dispose());
  return scene;
}

/** The roles' addresses; the rest is what the test wrote, which may have keys of the roles in flow style. */
function withAddress(config: string, url: string): string {
  let text = config;
  for (const role of ['overseer', 'coder']) {
    const has = new RegExp(`^${role}: \\{(.*)\\}$`, 'm');
    text = has.test(text)
      ? text.replace(has, (_, keys: string) => `${role}: { url: '${url}', ${keys.trim()} }`)
      : `${text}\n${role}: { url: '${url}' }\n`;
  }
  return text;
}
