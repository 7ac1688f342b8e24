import { describe, expect, it } from 'vitest';
import { setScene } from './scene.js';
import { plan, scripted } from './script.js';

/** A module that is too long to be sent whole for one function. */
const GREETINGS = [
  "import { trim } from './trim.mjs';",
  ...Array.from(
    { length: 40 },
    (_, at) =>
      `/** Greets in way ${at}. */\nexport function greet${at}(name) {\n  return 'Hi ' + trim(name);\n}`,
  ),
].join('\n\n');
const FILES = { 'src/greet.mjs': `${GREETINGS}\n` };
const TASKS = 'tasks:\n  - id: greet\n    title: Say hello in greet7\n    files: [src/greet.mjs]\n';
const STEP = plan([{ title: 'Say hello in greet7', files: ['src/greet.mjs'] }]);
const HELLO = "function greet7(name) {\n  return 'Hello ' + trim(name);\n}";

describe('a step that names what changes', () => {
  it('is answered with that alone, which takes its place in the file', async () => {
    const scene = await setScene({
      files: FILES,
      config: 'checks:\n  - git grep -q Hello -- src/greet.mjs\n',
      tasks: TASKS,
      replies: scripted({ plan: STEP, step: `\`\`\`js\n${HELLO}\n\`\`\`\n` }),
    });
    const summary = await scene.run();
    expect(summary).toEqual({ review: 1, needsAttention: 0, waiting: 0 });
    const expected = GREETINGS.replace("greet7(name) {\n  return 'Hi '", "greet7(name) {\n  return 'Hello '");
    expect(scene.show('nexus/greet', 'src/greet.mjs')).toBe(expected);
    const words = scene.server.requests.map((chat) => chat.messages.at(-1)?.content ?? '');
    expect(words.filter((text) => text.includes('Change `greet7` so that the step is done'))).toHaveLength(1);
    const text = scene.show('nexus/greet', 'docs/nexus/greet.md') ?? '';
    expect(text).toContain('src/greet.mjs');
  });

  it('is repaired where the check says that it fails', async () => {
    const line = FILES['src/greet.mjs'].split('\n').findIndex((text) => text.includes('greet3')) + 2;
    const scene = await setScene({
      files: FILES,
      // Says where it fails, as a stack trace does.
      config: `checks:\n  - git grep -q Hallo -- src/greet.mjs || (echo "at greet3 (src/greet.mjs:${line}:3)" && exit 1)\n`,
      tasks: TASKS.replace('greet7', 'one of them'),
      replies: scripted({
        plan: plan([{ title: 'Say hello in greet7', files: ['src/greet.mjs'] }]),
        step: `\`\`\`js\n${HELLO}\n\`\`\`\n`,
        repair: `\`\`\`js\n${HELLO.replace('greet7', 'greet3').replace('Hello', 'Hallo')}\n\`\`\`\n`,
      }),
    });
    const summary = await scene.run();
    expect(summary.review).toBe(1);
    const repair = scene.server.requests.find(({ messages }) =>
      messages.at(-1)?.content.includes('# The checks fail'),
    );
    expect(repair?.messages.at(-1)?.content).toContain('Change `greet3` so');
    expect(scene.show('nexus/greet', 'src/greet.mjs')).toContain("greet3(name) {\n  return 'Hallo '");
  });
});
