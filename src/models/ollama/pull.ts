import { quoteForeignText } from '../model-error.js';
import { parseAnswer } from '../parse-answer.js';
import { pullPart } from './answers.js';
import { openOllamaCall, placeOf, type OllamaServer } from './client.js';
import { isCloudName } from './names.js';
import { refuseCloud } from './questions.js';
import { PULL_LIMITS } from '../limits.js';
import type { PullProgress } from '../port.js';

/**
 * Downloads a model and yields the progress, summed over its layers, which come interleaved. A download that ends early
 * goes on where it was when it is asked for again.
 */
export async function* pullModel(
  server: OllamaServer,
  model: string,
  signal: AbortSignal,
): AsyncGenerator<PullProgress, void, undefined> {
  if (isCloudName(model)) throw refuseCloud(server, model);
  const call = await openOllamaCall(server, {
    limits: { ...PULL_LIMITS, connectMs: server.questionLimits.connectMs },
    signal,
    model,
    shape: { kind: 'lines', isEnd: (line) => line['status'] === 'success' },
  });
  const layers = new Map<string, { total: number; completed: number }>();
  try {
    for await (const raw of await call.client.pull({ model, stream: true })) {
      const part = parseAnswer(pullPart, raw, placeOf(server, model));
      if (part.digest != null) {
        const before = layers.get(part.digest);
        layers.set(part.digest, {
          total: part.total ?? before?.total ?? 0,
          completed: part.completed ?? before?.completed ?? 0,
        });
      }
      const sums = [...layers.values()];
      const isKnown = sums.length > 0;
      yield {
        status: quoteForeignText(part.status ?? ''),
        completedBytes: isKnown ? sums.reduce((sum, each) => sum + each.completed, 0) : undefined,
        totalBytes: isKnown ? sums.reduce((sum, each) => sum + each.total, 0) : undefined,
      };
    }
  } finally {
    await call.close();
  }
}
