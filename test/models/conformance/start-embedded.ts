import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Engine } from '../../../src/models/embedded/engine.js';
import { createEmbeddedBackend } from '../../../src/models/embedded/backend.js';
import { InsufficientMemoryError, type FakeWorld, type Piece } from '../embedded/fake-library.js';
import { createScene } from '../embedded/scene.js';
import type { Line, Stage } from './candidates.js';

const NAMES = ['llama3.1:8b', 'qwen2.5-coder:7b'];

/** The embedded backend with model files of the names that the cases use. */
export async function startEmbedded(lines: readonly Line[]): Promise<Stage> {
  const scene = await createScene();
  for (const name of NAMES) await scene.add(name);
  let asked = 0;
  // A try begins with this, whether the model is loaded already or not.
  const engine: Engine = {
    ...scene.engine,
    async open(...input) {
      const line = lines[asked];
      if (line === undefined) throw new Error('the script has no more lines');
      asked += 1;
      Object.assign(scene.world, playLine(line));
      return scene.engine.open(...input);
    },
  };
  const { folder, trace } = scene;
  return {
    backend: createEmbeddedBackend({ names: NAMES, folder, keepAlive: '-1', retryBaseMs: 1, engine }),
    asked: () => asked,
    schemaOf: (index) => trace.grammars[index],
    async received(index) {
      await expect.poll(() => asked).toBeGreaterThan(index);
    },
    openSockets: () => 0,
    up: async () => {},
    close: async () => scene.remove(),
  };
}

function playLine(line: Line): Partial<FakeWorld> {
  const { mishap, delayMs, pieceMs, ending } = line;
  const text = line.json === undefined ? (line.text ?? '') : JSON.stringify(line.json);
  const pieces = mishap === 'endless-white-space' ? Array<string>(1000).fill('   ') : cut(text);
  const answer: Piece[] = pieces.map((word) =>
    pieceMs === undefined ? word : { before: async () => delay(pieceMs), word },
  );
  if (line.thinking !== undefined) answer.unshift({ thought: line.thinking });
  // A word takes as long as it takes; what was aborted ends after it.
  if (mishap === 'silence') answer.splice(1, 0, { before: waitForAbort, word: '' });
  const readingMs = mishap === 'slow-first-token' ? 400 : delayMs;
  return {
    answer,
    stopReason: ending === 'length' ? 'maxTokens' : undefined,
    promptTokens: mishap === 'context-exceeded' ? 100_000 : 11,
    reading: readingMs === undefined ? undefined : async () => delay(readingMs),
    failures: {
      ...(mishap === 'out-of-memory'
        ? { loadModel: new InsufficientMemoryError('Insufficient memory') }
        : {}),
      ...(mishap === 'mid-stream-error' ? { generate: new Error('Eval has failed') } : {}),
    },
  };
}

/** A request has no more than 256 tokens for its answer. */
function cut(text: string): string[] {
  return text.match(/[^]{1,32}/gu) ?? [];
}

async function waitForAbort(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
