import { addressesOf, createBackends } from '../../engine/models.js';
import { executeRun, planRun, type RunSummary } from '../../engine/run.js';
import { openWorkspace } from '../../engine/workspace.js';
import type { Config } from '../../config/schema.js';
import type { Role } from '../../models/port.js';
import type { EventSink } from '../../engine/events.js';
import { EXIT, NexusError, type ExitCode } from '../../errors.js';
import { hereIn, resolveModelPath } from '../../models/embedded/model-file.js';
import { isSameModel, listsAll } from '../../models/names.js';
import { createPacket } from '../../review/create-packet.js';
import { renderPacket } from '../../review/render-packet.js';
import type { ReviewPacket } from '../../review/packet.js';
import { renderJson } from '../../report/json.js';
import type { CommandContext } from '../context.js';
import { openTrustedSettings } from '../models-list.js';
import { readReviewInput } from '../review-input.js';
import { withReporter } from '../with-reporter.js';
import { makeDemoRepository, type DemoModels, type DemoRole } from './demo-repository.js';
import { loadRecording, type Recording } from './recording.js';
import { startReplayServer } from './replay-server.js';

/** `nexus demo`: the whole flow in a throw-away repository, with live models or with recorded replies of real ones. */
export async function demo(
  context: CommandContext,
  options: { recorded: boolean; recording?: Recording },
): Promise<ExitCode> {
  const live = options.recorded
    ? { problem: 'recorded replies were asked for' }
    : await findLiveModels(context);
  if ('problem' in live) {
    return replayDemo(context, live.problem, options.recording ?? (await loadRecording()));
  }
  say(
    context,
    `Using ${live.overseer.model} as Overseer and ${live.coder.model} as Coder on ${live.label}. On an ordinary machine this takes a while.`,
  );
  const folder = await makeDemoRepository(live);
  await runDemo(context, folder);
  return EXIT.ok;
}

/** @throws NexusError `recording-outdated` when a request was made that the recording has no answer for */
async function replayDemo(context: CommandContext, problem: string, recording: Recording): Promise<ExitCode> {
  const stop = new AbortController();
  const server = await startReplayServer(recording, () => stop.abort(outdated()));
  try {
    say(context, `No live models: ${problem}.\n${describeRecording(recording)}`);
    const { models, contexts } = recording;
    const folder = await makeDemoRepository({
      overseer: { backend: 'ollama', model: models.overseer, url: server.url, context: contexts.overseer },
      coder: { backend: 'ollama', model: models.coder, url: server.url, context: contexts.coder },
    });
    const signal = AbortSignal.any([context.signal, stop.signal]);
    await runDemo({ ...context, signal }, folder, () => stop.signal.throwIfAborted());
    return EXIT.ok;
  } finally {
    await server.close();
  }
}

/** Says in plain words that no model is at work. */
export function describeRecording({ date, server, models }: Recording): string {
  const names = [...new Set(Object.values(models))].join(' and ');
  return (
    `What follows replays real replies of ${names}, recorded with Ollama ${server} on ${date}: ` +
    'nothing is invented or mended, and git, edits and checks are done for real. Times of the models are those of the recording.'
  );
}

function outdated(): NexusError {
  return new NexusError({
    code: 'recording-outdated',
    message: "The recorded replies don't fit this version's prompts, so the demo could not be replayed.",
    remedy: 'With a live Ollama: npm run record-demo',
    exitCode: EXIT.internal,
  });
}

/** Runs the three tasks and, if `assertSound` lets it, prints their packets. */
async function runDemo(
  context: CommandContext,
  folder: string,
  assertSound: () => void = () => undefined,
): Promise<void> {
  const summary = await withReporter(context, (sink) => runDemoTasks(folder, sink, context.signal));
  assertSound();
  const packets: ReviewPacket[] = [];
  const { tasks } = await openWorkspace(folder);
  for (const task of tasks) packets.push(await createPacket((await readReviewInput(folder, task.id)).input));
  const next = `The repository is ${folder}\nLook around in it: git log --all --graph --oneline, nexus status, nexus review TASK, nexus accept TASK.`;
  if (context.json) context.terminal.out(renderJson({ type: 'demo', folder, summary, packets }));
  else context.terminal.out([...packets.map((packet) => renderPacket(packet).trimEnd()), next].join('\n\n'));
}

/** What `nexus run` does, in the demo's repository. Also what `npm run record-demo` records. */
export async function runDemoTasks(
  folder: string,
  sink: EventSink,
  signal: AbortSignal,
): Promise<RunSummary> {
  const workspace = await openWorkspace(folder);
  return executeRun(workspace, await planRun(workspace, {}), { planOnly: false, sink, signal });
}

/** The configured models, if their server runs and has them; else why not. */
async function findLiveModels({
  cwd,
  signal,
}: CommandContext): Promise<(DemoModels & { label: string }) | { problem: string }> {
  try {
    const { config, folder } = await openTrustedSettings(cwd);
    const backends = createBackends(config, { folder });
    if (backends.overseer !== backends.coder)
      return { problem: 'the demo uses one server, and .nexus.yml names two' };
    // Files can be there without what loads them.
    if (backends.coder.kind === 'embedded') await backends.coder.version(signal);
    const installed = await backends.coder.installed(signal);
    const { kind } = backends.coder;
    const missing = [config.overseer.model, config.coder.model].filter(
      (name) => listsAll(kind) && !installed.some((model) => isSameModel(kind, model.name, name)),
    );
    if (missing.length > 0) return { problem: `${backends.coder.label} has no ${missing.join(' and no ')}` };
    return toDemoModels(config, folder, backends.coder.label);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NexusError) return { problem: error.message.replace(/\.$/, '') };
    throw error;
  }
}

/**
 * Ollama's address may come from the environment; that of another kind is as it is written, or found anew. The path of
 * a model file starts from the user's repository.
 */
function toDemoModels(config: Config, folder: string, label: string): DemoModels & { label: string } {
  const describe = (role: Role): DemoRole => {
    const { backend, model: name, url, context, api_key_env } = config[role];
    const model = backend === 'embedded' ? resolveModelPath(name, hereIn(folder)) : name;
    const address = backend === 'ollama' ? addressesOf(config, role)[0]?.href : url;
    return { backend, model, url: address, context, api_key_env };
  };
  return { label, overseer: describe('overseer'), coder: describe('coder') };
}

function say(context: CommandContext, text: string): void {
  if (!context.json) context.terminal.out(`${text}\n`);
}
