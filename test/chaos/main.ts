import { availableParallelism } from 'node:os';
import { runCampaign } from './campaign.js';
import { renderFigures } from './figures.js';
import { FIRST_TASKS } from './project.js';

// Started by scripts/chaos.mjs: PROJECT KILLS SEED COMMAND.

// By the way of `exit`, at which what is running is ended, too.
process.once('SIGINT', () => process.exit(130));

const [, , project = '', kills = '', seed = '', named = ''] = process.argv;
const command = named === 'watch' ? 'watch' : 'run';
try {
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  const options = {
    project,
    kills: Number(kills),
    seed: Number(seed),
    command,
    tasks: FIRST_TASKS,
    chain: [1, 12],
    // Half of the time a run waits: for git, for checks, for the model.
    lanes: Math.max(2, availableParallelism() - 1),
  } as const;
  process.stdout.write(`${renderFigures(await runCampaign({ ...options, onProgress }))}\n`);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${message}\n\nAgain: npm run chaos -- --kills ${kills} --seed ${seed} --command ${command}\n`,
  );
  process.exitCode = 1;
}
