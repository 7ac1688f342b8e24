import { isSameModel as isSameOllamaModel } from './ollama/names.js';
import type { BackendKind } from './port.js';

/** Whether two names mean the same model on a server of this kind. */
export function isSameModel(kind: BackendKind, a: string, b: string): boolean {
  if (kind === 'ollama') return isSameOllamaModel(a, b);
  if (kind === 'embedded') return a === b;
  const [one, other] = [normalise(a), normalise(b)];
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}

/** Servers name one model by its path, its file or with its publisher: the end counts, without `.gguf` and case. */
function normalise(name: string): string {
  return name
    .replaceAll('\\', '/')
    .toLowerCase()
    .replace(/\.gguf$/, '');
}
