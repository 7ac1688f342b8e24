import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { messageOf } from '../../src/errors.js';
import { resolveAddresses } from '../../src/models/openai/address.js';
import { createOpenAiBackend } from '../../src/models/openai/backend.js';
import { setScene } from '../integration/scene.js';
import { NOTES, plan, scripted } from '../integration/script.js';

/*
 * How much of its prompt a Coder reads anew at the second step of a task: counted by a real llama-server, which says what
 * it had cached, at its usual address or NEXUS_LIVE_URL_LLAMA_SERVER. The plan is fixed, the Coder's replies are real.
 */

/** Of the second step's prompt. */
const MOST_READ_ANEW = 0.4;

const url = process.env['NEXUS_LIVE_URL_LLAMA_SERVER'];
const backend = createOpenAiBackend({
  kind: 'llama-server',
  addresses: resolveAddresses('llama-server', url, { allowRemote: false }),
  keepAlive: '5m',
});
const model = await lookAround();

async function lookAround(): Promise<string | undefined> {
  try {
    const [first] = await backend.installed(AbortSignal.timeout(10_000));
    return first?.name;
  } catch (error) {
    console.log(`live: prefix reuse skipped, ${messageOf(error)}`);
    return undefined;
  }
}

const sample = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../fixtures/format-tasks/${path}`, import.meta.url)), 'utf8');

test.skipIf(model === undefined)('the second step reads little of its prompt anew', async () => {
  const scene = await setScene({
    files: {
      'src/cart.ts': sample('cart/cart.ts'),
      'src/ring.go': sample('ring/ring.go'),
      'src/durations.py': sample('durations/durations.py'),
      'src/name.mjs': "export const NAME = 'old';\n",
      'src/size.mjs': 'export const SIZE = 1;\n',
    },
    tasks:
      'tasks:\n  - id: two\n    title: Name and size\n    description: The name is new, and the size is 2.\n' +
      '    files: [src/name.mjs, src/size.mjs, src/cart.ts, src/ring.go, src/durations.py]\n',
    replies: scripted({
      plan: plan([
        { title: "Set NAME to 'new'", files: ['src/name.mjs'] },
        { title: 'Set SIZE to 2', files: ['src/size.mjs'] },
      ]),
      notes: NOTES,
    }),
  });
  const coder = [
    'coder:',
    '  backend: llama-server',
    `  model: ${JSON.stringify(model)}`,
    '  context: 8192',
    '  max_answer: 512',
    ...(url === undefined ? [] : [`  url: ${JSON.stringify(url)}`]),
  ];
  scene.repository.write('.nexus.yml', `overseer: { url: '${scene.server.url}' }\n${coder.join('\n')}\n`);
  await scene.run();
  const { store } = await scene.open();
  const exchanges = (await store.latest('two')).record?.exchanges ?? [];
  const second = exchanges.find(({ purpose, step }) => purpose === 'code' && step === 2)?.usage;
  const { promptTokens = 0, reusedTokens = 0 } = second ?? {};
  console.log(
    `live: ${model}: ${reusedTokens} of the ${promptTokens} prompt tokens of step 2 were there already`,
  );
  expect(promptTokens).toBeGreaterThan(1000);
  expect(promptTokens - reusedTokens).toBeLessThanOrEqual(promptTokens * MOST_READ_ANEW);
});
