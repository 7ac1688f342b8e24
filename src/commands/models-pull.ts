import { EXIT, NexusError, type ExitCode } from '../errors.js';
import type { Backend, PullProgress } from '../models/port.js';
import { isSameModel } from '../models/names.js';
import { cleanLine } from '../report/clean-text.js';
import { renderJson } from '../report/json.js';
import { renderBytes } from '../report/quantities.js';
import { createStyle } from '../report/style.js';
import { cutToWidth, loadUnicodeMeasure } from '../report/text-width.js';
import type { CommandContext } from './context.js';
import { openTrustedSettings, requireModelName } from './models-list.js';
import { howToGet, openServers, type RoleServer } from './servers.js';

/** Takes the progress of a download and shows it. */
interface PullView {
  show(progress: PullProgress): void;
  end(): void;
}

const BAR_COLUMNS = 24;
/** Lines of a log are spaced by a tenth of the download. */
const LOG_STEP = 0.1;

/** `nexus models pull NAME`: downloads a model to the server of the role that names it, else to the Coder's. */
export async function pullModel(context: CommandContext, written: string): Promise<ExitCode> {
  const name = requireModelName(written);
  const { config, folder } = await openTrustedSettings(context.cwd);
  const servers = openServers(config, folder);
  const isWanted = ({ backend, roles }: RoleServer): boolean =>
    roles.some((role) => isSameModel(backend.kind, config[role].model, name));
  const { backend } = servers.find(isWanted) ?? servers.at(-1) ?? servers[0];
  if (backend.pull === undefined) throw cannotPull(backend, name);
  const view = await openView(context, name);
  try {
    for await (const progress of backend.pull(name, context.signal)) view.show(progress);
  } finally {
    view.end();
  }
  const { terminal, json } = context;
  if (json) terminal.out(renderJson({ type: 'pulled', name, server: backend.label }));
  else terminal.out(`${createStyle(terminal.colours).good('ready')}: ${name} on ${cleanLine(backend.label)}`);
  return EXIT.ok;
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
      show: (progress) => terminal.out(renderJson({ type: 'pull', name, ...progress })),
      end: () => undefined,
    };
  }
  if (!terminal.live) return logView((line) => terminal.out(line), name);
  const block = await terminal.liveBlock();
  const measure = await loadUnicodeMeasure();
  return {
    show: (progress) =>
      block.update(cutToWidth(renderBar(name, progress), (terminal.columns() ?? 80) - 1, measure)),
    end: () => block.end(),
  };
}

/** One line for each tenth, and for each thing that happens besides the download. */
function logView(print: (line: string) => void, name: string): PullView {
  let said = '';
  return {
    show(progress) {
      const share = shareOf(progress);
      const step = share === undefined ? progress.status : `${Math.floor(share / LOG_STEP)}`;
      if (step === said) return;
      said = step;
      print(renderBar(name, progress));
    },
    end: () => undefined,
  };
}

function shareOf({ completedBytes, totalBytes }: PullProgress): number | undefined {
  if (completedBytes === undefined || totalBytes === undefined || totalBytes <= 0) return undefined;
  return Math.min(1, completedBytes / totalBytes);
}

/** `qwen2.5-coder:7b [#########...............]  37 % of 4.7 GB`. */
export function renderBar(name: string, progress: PullProgress): string {
  const share = shareOf(progress);
  if (share === undefined) return `${name}: ${cleanLine(progress.status)}`;
  const filled = Math.round(share * BAR_COLUMNS);
  const bar = '#'.repeat(filled) + '.'.repeat(BAR_COLUMNS - filled);
  return `${name} [${bar}] ${String(Math.floor(share * 100)).padStart(3)} % of ${renderBytes(progress.totalBytes ?? 0)}`;
}
