import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { detectChecks, type DetectedCheck } from '../config/detect-checks.js';
import { CONFIG_FILE } from '../config/load.js';
import { parseConfig } from '../config/parse-config.js';
import { readStarterSchemas, renderStarterConfig, renderStarterTasks } from '../config/starter.js';
import { approve } from '../config/trust-store.js';
import { EXIT, hasCode, NexusError, type ExitCode } from '../errors.js';
import type { InstalledModel } from '../models/port.js';
import { readMachineMemory } from '../platform/machine-memory.js';
import { openRepository } from '../repository/open.js';
import type { Repository } from '../repository/repository.js';
import { cleanLine } from '../report/clean-text.js';
import { createStyle, type Style } from '../report/style.js';
import { TASKS_FILE } from '../tasks/load.js';
import { printAnswer, type CommandContext } from './context.js';
import { diagnose } from './diagnose/diagnose.js';
import type { Finding } from './diagnose/finding.js';
import { renderFindings } from './doctor.js';
import { proposeModels, type ModelProposal } from './propose-models.js';
import { openServers } from './servers.js';
import { listTrusted } from '../engine/approval.js';

interface WrittenFile {
  path: string;
  /** `kept`: it was there, and stays as it is. */
  outcome: 'written' | 'kept';
}

interface InitResult {
  files: WrittenFile[];
  checks: DetectedCheck[];
  models: ModelProposal;
  /** What is still missing or wrong. */
  findings: Finding[];
}

/** `nexus init`: writes the two files, never over existing ones, and says what is missing. */
export async function init(context: CommandContext): Promise<ExitCode> {
  const repository = await openRepository(context.cwd);
  const checks = await detectChecks(repository.root);
  const models = await askForModels(context.signal);
  const files = await writeFiles(repository, checks, models);
  const findings = await diagnose(repository.root, context.signal);
  const missing = findings.filter(({ level }) => level !== 'ok');
  const result: InitResult = { files, checks, models, findings: missing };
  await printAnswer(context, result, () => renderInit(result, createStyle(context.terminal.colours)));
  return EXIT.ok;
}

/** Without a server the proposal is the defaults; that it is missing is told at the end. */
async function askForModels(signal: AbortSignal): Promise<ModelProposal> {
  let installed: InstalledModel[] = [];
  try {
    const [server] = openServers(parseConfig('').config, process.cwd());
    installed = await server.backend.installed(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NexusError)) throw error;
  }
  return proposeModels(installed, await readMachineMemory());
}

async function writeFiles(
  { root, commonDir }: Repository,
  checks: readonly DetectedCheck[],
  models: ModelProposal,
): Promise<WrittenFile[]> {
  const config = renderStarterConfig({ overseerModel: models.overseer, coderModel: models.coder, checks });
  const texts = new Map([[CONFIG_FILE, config], [TASKS_FILE, renderStarterTasks()], ...readStarterSchemas()]);
  const files: WrittenFile[] = [];
  for (const [path, text] of texts) files.push(await writeNewFile(root, path, text));
  if (files.some(({ path, outcome }) => path === CONFIG_FILE && outcome === 'written')) {
    // What init wrote itself the user has just asked for; a stranger's templates and tasks are not part of that.
    const { config: written } = parseConfig(config);
    await approve(commonDir, listTrusted({ commonDir, config: written, overrides: new Map(), tasks: [] }));
  }
  return files;
}

/** `wx` also refuses a link that leads out of the repository. */
async function writeNewFile(root: string, path: string, text: string): Promise<WrittenFile> {
  const file = join(root, path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
    return { path, outcome: 'written' };
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return { path, outcome: 'kept' };
    throw new NexusError({
      code: 'not-written',
      message: `${file} could not be written: ${error instanceof Error ? error.message : String(error)}.`,
      remedy: 'Make its folder writable, then run nexus init again.',
      exitCode: EXIT.config,
      cause: error,
    });
  }
}

function renderInit({ files, checks, models, findings }: InitResult, style: Style): string {
  const lines = [
    ...files.map(({ path, outcome }) =>
      outcome === 'written'
        ? `${style.good('wrote')} ${path}`
        : style.faint(`kept  ${path}, which was there`),
    ),
    '',
    ...(checks.length === 0 ? ['No checks were found; write yours in .nexus.yml.'] : ['Found:']),
    ...checks.map(({ kind, run, cwd, because }) => {
      const place = cwd === '.' ? '' : ` in ${cleanLine(cwd)}`;
      return `  ${kind}: ${cleanLine(run)}${place} ${style.faint(`(${cleanLine(because)})`)}`;
    }),
    `Models: ${cleanLine(models.overseer)} plans, ${cleanLine(models.coder)} codes ${style.faint(`(${models.because})`)}`,
    '',
  ];
  if (findings.length > 0) lines.push('Still missing:', renderFindings(findings, style), '');
  lines.push(`Next: write what you want in ${TASKS_FILE}, then ${style.name('nexus run')}`);
  return lines.join('\n');
}
