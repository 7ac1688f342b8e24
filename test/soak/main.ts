import { renderFigures } from './figures.js';
import { runSoak } from './soak.js';

// Started by scripts/soak.mjs: PROJECT EDITS SEED.

const [, , project = '', edits = '', seed = ''] = process.argv;
const again = `Again: npm run soak -- --edits ${edits} --seed ${seed}`;
try {
  const onProgress = (line: string): void => void process.stderr.write(`${line}\n`);
  const figures = await runSoak({ project, edits: Number(edits), seed: Number(seed), onProgress });
  process.stdout.write(`${renderFigures(figures)}\n`);
  if (figures.breaches.length > 0) {
    const list = figures.breaches.map((breach) => `- ${breach}`).join('\n');
    process.stderr.write(
      `\nWhat is not as it should be:\n${list}\n\nKept in ${figures.keptIn}; its story.ndjson has what stood in tasks.yml, what the watch told and what the model was asked, by one clock.\n${again}\n`,
    );
    process.exitCode = 1;
  }
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${message}\n\n${again}\n`);
  process.exitCode = 1;
}
