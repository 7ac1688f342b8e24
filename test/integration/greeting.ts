import { NOTES, plan, wholeFile, type Script } from './script.js';

/** A project whose greeting is wrong, and a check that sees it. `git grep` is there on every system, and fast. */
export const GREETING = {
  'src/greet.mjs': "export const greet = (name) => 'Hi ' + name;\n",
  'src/main.mjs': "import { greet } from './greet.mjs';\nexport const main = () => greet('you');\n",
  'guide.md': '# Guide\n\nThe program says hi.\n',
};

export const CHECK = 'git grep -q Hello -- src/greet.mjs';
export const CONFIG = `checks:\n  - ${CHECK}\n`;

export const GREET_HELLO = "export const greet = (name) => 'Hello ' + name;\n";
export const GREET_HALLO = "export const greet = (name) => 'Hallo ' + name;\n";
export const MAIN_ALL = "import { greet } from './greet.mjs';\nexport const main = () => greet('all');\n";
export const GUIDE_HELLO = '# Guide\n\nThe program says hello.\n';

/** One task on one file. */
export const ONE_TASK = 'tasks:\n  - id: greet\n    title: Say hello\n    files: [src/greet.mjs]\n';

/** One step that passes the check at once. */
export const ONE_STEP: Script = {
  plan: plan([{ title: 'Say hello in greet', files: ['src/greet.mjs'] }]),
  step: wholeFile('src/greet.mjs', GREET_HELLO),
};

/** A task that names no file, so that the model is asked which to read. */
export const RICH_TASK = 'tasks:\n  - id: greet\n    title: Say hello\n';

/**
 * Every kind of request of a run, and one rejected reply of each that can be rejected: 11 requests. The first step is
 * wrong at first, so that there is a repair.
 */
export const RICH: Script = {
  'choose-files': { json: { files: ['src/greet.mjs', 'src/main.mjs', 'guide.md'] } },
  plan: ({ attempt }) =>
    attempt === 1
      ? plan([{ title: 'Say hello', files: ['../greet.mjs'] }])
      : plan(
          [
            { title: 'Say hello in greet', files: ['src/greet.mjs'] },
            { title: 'Greet all', files: ['src/main.mjs'] },
          ],
          { documents: ['guide.md'] },
        ),
  step: (asked) => {
    if (asked.kind === 'step' && asked.number === 2) return wholeFile('src/main.mjs', MAIN_ALL);
    return asked.attempt === 1 ? 'I would rather not.' : wholeFile('src/greet.mjs', GREET_HALLO);
  },
  repair: ({ attempt }) => (attempt === 1 ? 'It is fine as it is.' : wholeFile('src/greet.mjs', GREET_HELLO)),
  notes: NOTES,
  update: ({ chat }) => (chat.options['temperature'] === 0 ? 'Nothing.' : wholeFile('guide.md', GUIDE_HELLO)),
};
