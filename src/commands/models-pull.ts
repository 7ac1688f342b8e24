import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { usesModel } from '../engine/models.js';
import type { Backend, PullProgress } from '../models/port.js';
import { cleanLine } from '../report/clean-text.js';
import { renderJson } from '../report/json.js';
import { renderBytes, renderDuration } from '../report/quantities.js';
import { createStyle } from '../report/style.js';
import { USUAL_COLUMNS } from '../report/terminal.js';
import { cutToWidth, loadUnicodeMeasure } from '../report/text-width.js';
import type { CommandContext } from './context.js';
import { openTrustedSettings, requireModelName } from './models-list.js';
import { createPace, type Pace } from './pull-pace.js';
import { howToGet, openServers, type RoleServer } from './servers.js';

/** Takes the progress of a download and shows it. */
interface PullView {
  show(progress: PullProgress, pace: Pace | undefined): void;
  end(): void;
}

const BAR_COLUMNS = 24;
const LEAST_BAR_COLUMNS = 6;
/** Lines of a log are spaced by a tenth of the download. */
const LOG_STEP = 0.1;

/** `nexus models pull NAME`: downloads a model to the server of the role that names it, else to the Coder's. */
export async function pullModel(context: CommandContext, written: string): Promise<ExitCode> {
  const name = requireModelName(written);
  const { config, folder } = await openTrustedSettings(context.cwd);
  const servers = openServers(config, folder);
  const isWanted = ({ roles }: RoleServer): boolean => roles.some((role) => usesModel(config, role, name));
  const { backend } = servers.find(isWanted) ?? servers.at(-1) ?? servers[0];
  if (backend.pull === undefined) throw cannotPull(backend, name);
  const view = await openView(context, name);
  const paceOf = createPace(() => performance.now());
  let last: PullProgress | undefined;
  try {
    for await (const progress of backend.pull(name, context.signal)) {
      last = progress;
      view.show(progress, paceOf(progress));
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw interrupted(backend, name, last);
  } finally {
    view.end();
  }
  const { terminal, json } = context;
  if (json) terminal.out(renderJson({ type: 'pulled', name, server: backend.label }));
  else terminal.out(`${createStyle(terminal.colours).good('ready')}: ${name} on ${cleanLine(backend.label)}`);
  return EXIT.ok;
}

/** LM Studio downloads by itself; the others keep what came and go on from there. */
function interrupted({ kind }: Backend, name: string, last: PullProgress | undefined): NexusError {
  const share = last === undefined ? undefined : shareOf(last);
  const at = share === undefined ? '' : ` at ${Math.floor(share * 100)} %`;
  return new NexusError({
    code: 'interrupted',
    message:
      kind === 'lm-studio'
        ? `Interrupted${at}. LM Studio goes on with the download by itself.`
        : `The download of ${name} was interrupted${at}; what came is kept.`,
    remedy:
      kind === 'lm-studio'
        ? `nexus models pull ${name} shows how far it is.`
        : `nexus models pull ${name} goes on from there.`,
    exitCode: EXIT.interrupted,
  });
}

function cannotPull(backend: Backend, name: string): NexusError {
  return new NexusError({
    code: 'cannot-pull',
    message: `${backend.label} cannot be told to download a model.`,
    remedy: howToGet(backend, name),
    exitCode: EXIT.model,
  });
}

async function openView({ terminal, json }: CommandContext, name: string): Promise<PullView> {
  if (json) {
    return {
      show: (progress, pace) => terminal.out(renderJson({ type: 'pull', name, ...progress, ...pace })),
      end: () => undefined,
    };
  }
  if (!terminal.live) return logView((line) => terminal.out(line), name);
  const block = await terminal.liveBlock();
  const measure = await loadUnicodeMeasure();
  return {
    show(progress, pace) {
      const columns = (terminal.columns() ?? USUAL_COLUMNS) - 1;
      block.update(cutToWidth(renderBar(name, progress, { pace, columns }), columns, measure));
    },
    end: () => block.end(),
  };
}

/** One line for each tenth, and for each thing that happens besides the download. */
function logView(print: (line: string) => void, name: string): PullView {
  let said = '';
  return {
    show(progress, pace) {
      const share = shareOf(progress);
      const step = share === undefined ? progress.status : `${Math.floor(share / LOG_STEP)}`;
      if (step === said) return;
      said = step;
      print(renderBar(name, progress, { pace }));
    },
    end: () => undefined,
  };
}

function shareOf({ completedBytes, totalBytes }: PullProgress): number | undefined {
  if (completedBytes === undefined || totalBytes === undefined || totalBytes <= 0) return undefined;
  return Math.min(1, completedBytes / totalBytes);
}

/**
 * `qwen2.5-coder:7b [#########......]  37 % of 4.7 GB · 21.4 MB/s · 2 min 20 s left`; the bar gives way where `columns` are
 * few.
 */
export function renderBar(
  name: string,
  progress: PullProgress,
  { pace, columns = Number.POSITIVE_INFINITY }: { pace?: Pace | undefined; columns?: number } = {},
): string {
  const share = shareOf(progress);
  if (share === undefined) return `${name}: ${cleanLine(progress.status)}`;
  const sum = `${String(Math.floor(share * 100)).padStart(3)} % of ${renderBytes(progress.totalBytes ?? 0)}`;
  const tail = pace === undefined || share === 1 ? sum : `${sum} · ${renderPace(pace)}`;
  const room = columns - name.length - tail.length - ' [] '.length;
  const width = Math.max(LEAST_BAR_COLUMNS, Math.min(BAR_COLUMNS, room));
  const filled = Math.round(share * width);
  return `${name} [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${tail}`;
}

function renderPace({ bytesPerSecond, secondsLeft }: Pace): string {
  return `${renderBytes(bytesPerSecond)}/s · ${renderDuration(secondsLeft * 1000)} left`;
}
