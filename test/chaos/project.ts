import { GREETING, RICH } from '../integration/greeting.js';
import { plan, scriptedByTask, wholeFile, type Script } from '../integration/script.js';
import type { Replies } from '../support/scripted-ollama.js';

/*
 * What the campaign works on: three tasks that between them have every kind of request, commit and command of a run.
 * `greet` is asked for files, has a plan that is rejected, two steps, replies that are rejected, a failing check with a
 * repair, fixes and documents; `shout` is stacked on it; `farewell` stands alone and has a check of its own.
 */

/** A check that takes its time, writes into its worktree as compilers do, and tells when it began. */
const CHECK_SCRIPT = `#!/bin/sh
echo "$$ $1 $2" >> "$CHAOS_COMMANDS"
mkdir -p built
for part in 1 2 3 4 5; do
  echo "$part" > "built/$part.out"
  sleep 0.02
done
git grep -q "$1" -- "$2"
`;

const FIX_SCRIPT = `#!/bin/sh
echo "$$ fix" >> "$CHAOS_COMMANDS"
sleep 0.05
git grep -q fixed -- src/greet.mjs || echo '// fixed' >> src/greet.mjs
`;

export const FILES: Readonly<Record<string, string>> = {
  ...GREETING,
  'src/bye.mjs': "export const bye = () => 'Bye';\n",
  'tools/check.sh': CHECK_SCRIPT,
  'tools/fix.sh': FIX_SCRIPT,
  '.gitignore': 'built/\n',
};

export const CONFIG = `checks:
  - sh tools/check.sh Hello src/greet.mjs
fix:
  - sh tools/fix.sh
watch:
  settle: 0.2
`;

/** Items of `tasks.yml`. */
const TASKS = {
  greet: `
  - id: greet
    title: Say hello`,
  shout: `
  - id: shout
    title: Greet everybody
    files: [src/main.mjs]
    depends_on: greet
    stack: true`,
  farewell: `
  - id: farewell
    title: Say farewell
    files: [src/bye.mjs]
    checks: [sh tools/check.sh Farewell src/bye.mjs]`,
  last: `
  - id: last
    title: Say good night
    files: [src/night.mjs]
    checks: [git grep -q night -- src/night.mjs]`,
};

export type TaskId = keyof typeof TASKS;

/** What is there from the beginning. */
export const FIRST_TASKS: readonly TaskId[] = ['greet', 'shout', 'farewell'];
/** What is added when all the others are done. */
export const LAST_TASK: TaskId = 'last';

export function renderTasks(ids: readonly TaskId[]): string {
  return `tasks:${ids.map((id) => TASKS[id]).join('')}\n`;
}

const SHOUT: Script = {
  plan: plan([{ title: 'Greet everybody in main', files: ['src/main.mjs'] }]),
  step: wholeFile(
    'src/main.mjs',
    "import { greet } from './greet.mjs';\nexport const main = () => greet('everybody');\n",
  ),
};

const FAREWELL: Script = {
  plan: plan([{ title: 'Say farewell', files: ['src/bye.mjs'] }]),
  step: wholeFile('src/bye.mjs', "export const bye = () => 'Farewell';\n"),
};

const LAST: Script = {
  plan: plan([{ title: 'Say good night', files: ['src/night.mjs'] }]),
  step: wholeFile('src/night.mjs', "export const night = () => 'Good night';\n"),
};

export const REPLIES: Replies = scriptedByTask({
  'Say hello': RICH,
  'Greet everybody': SHOUT,
  'Say farewell': FAREWELL,
  'Say good night': LAST,
});
