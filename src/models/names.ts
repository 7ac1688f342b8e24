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

/**
 * A model as commits and documents name it: of a model file only its own name, since others need not read where a user
 * keeps things.
 */
export function withoutFolders(name: string): string {
  const isPath = /^[/~\\]|^[a-z]:[\\/]|\.gguf$/i.test(name);
  return isPath ? (name.split(/[\\/]/).findLast((part) => part !== '') ?? name) : name;
}

/** Whether a model that such a server does not list is missing: others may take more names than they list. */
export function listsAll(kind: BackendKind): boolean {
  return kind !== 'openai';
}
