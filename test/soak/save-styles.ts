import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../chaos/random.js';

/** A file that is saved. Everything that changes it is a `step`. */
export interface Saving {
  file: string;
  text: string;
  random: Random;
  step: (act: () => void) => void;
}

type SaveStyle = (saving: Saving) => Promise<void>;

/** ms; some are longer than the settle time, so that what stands then counts. */
const pause = async (random: Random, longest = 1200): Promise<void> => {
  await delay(random.whole(1, 3) === 1 ? random.whole(0, longest) : random.whole(0, longest / 8));
};

const inPlace: SaveStyle = async ({ file, text, step }) => step(() => writeFileSync(file, text));

const renameOver: SaveStyle = async ({ file, text, step }) => {
  writeFileSync(`${file}.tmp`, text);
  step(() => renameSync(`${file}.tmp`, file));
};

/** How editors and tools save; each leaves `text` in the file. */
export const SAVE_STYLES: Readonly<Record<string, SaveStyle>> = {
  'in place': inPlace,
  'rename over': renameOver,
  'line ends of Windows': async ({ file, text, step }) =>
    step(() => writeFileSync(file, text.replaceAll('\n', '\r\n'))),
  'longer, then cut': async ({ file, text, step }) => {
    step(() => writeFileSync(file, `${text}# and more\n`));
    step(() => truncateSync(file, Buffer.byteLength(text)));
  },
  'truncate, slow writes': async ({ file, text, random, step }) => {
    step(() => writeFileSync(file, ''));
    const size = Math.ceil(text.length / random.whole(2, 5));
    for (let at = 0; at < text.length; at += size) {
      await pause(random, 700);
      step(() => appendFileSync(file, text.slice(at, at + size)));
    }
  },
  'vim backup': async ({ file, text, step }) => {
    writeFileSync(`${file}.swp`, 'swap');
    step(() => renameSync(file, `${file}~`));
    step(() => writeFileSync(file, text));
    unlinkSync(`${file}~`);
    unlinkSync(`${file}.swp`);
  },
  JetBrains: async ({ file, text, step }) => {
    writeFileSync(`${file}___jb_tmp___`, text);
    step(() => renameSync(file, `${file}___jb_old___`));
    step(() => renameSync(`${file}___jb_tmp___`, file));
    unlinkSync(`${file}___jb_old___`);
  },
  'copy to a backup': async ({ file, text, step }) => {
    copyFileSync(file, `${file}.bak`);
    step(() => writeFileSync(file, text));
    unlinkSync(`${file}.bak`);
  },
  'unlink and create': async ({ file, text, step }) => {
    step(() => unlinkSync(file));
    step(() => writeFileSync(file, text, { flag: 'wx' }));
  },
  'deleted for a while': async ({ file, text, random, step }) => {
    step(() => rmSync(file));
    await pause(random);
    step(() => writeFileSync(file, text));
  },
  'broken for a while': async ({ random, text, ...at }) => {
    const broken = random.pick([
      text.replace('tasks:', 'tasks: ['),
      text.replace('title:', 'titel:'),
      `${text}  - id: t1\n    id: t2\n`,
      `\u0000${text}`,
    ]);
    await random.pick([inPlace, renameOver])({ ...at, random, text: broken });
    await pause(random);
    await random.pick([inPlace, renameOver])({ ...at, random, text });
  },
  'half written for a while': async ({ file, text, random, step }) => {
    const half = text.slice(0, random.whole(0, text.length));
    step(() => writeFileSync(file, half));
    await pause(random);
    step(() => appendFileSync(file, text.slice(half.length)));
  },
  'two writes in a row': async ({ file, text, random, step }) => {
    const first = random.pick([`${text}# not yet\n`, text.replaceAll('as version', 'as a version')]);
    step(() => writeFileSync(file, first));
    await delay(random.whole(0, 90));
    step(() => writeFileSync(file, text));
  },
  'the same again first': async ({ file, text, random, step }) => {
    step(() => writeFileSync(file, readFileSync(file)));
    await pause(random, 400);
    step(() => writeFileSync(file, text));
  },
};
