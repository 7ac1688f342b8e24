import { createRequire } from 'node:module';

type WebTreeSitter = typeof import('web-tree-sitter');

/** The wasm runtime with everything that was loaded into it. */
export interface Runtime {
  Parser: WebTreeSitter['Parser'];
  Language: WebTreeSitter['Language'];
  /**
   * A text made the runtime give up: some that no person writes overflow its stack or hit one of its assertions. Its
   * memory is not to be trusted from then on, so nothing more is parsed with it.
   */
  broken: boolean;
}

/** What the runtime says when it gives up goes nowhere: the terminal belongs to others. */
const silent = { print: () => undefined, printErr: () => undefined };

const load = createRequire(import.meta.url);

/** A runtime of its own: the package keeps one per copy of its module, and a broken one can't be mended. */
export async function openRuntime(): Promise<Runtime> {
  delete load.cache[load.resolve('web-tree-sitter')];
  const module: unknown = load('web-tree-sitter');
  if (!isWebTreeSitter(module)) throw new TypeError('web-tree-sitter is not what it was.');
  const { Parser, Language } = module;
  await Parser.init({ ...silent });
  return { Parser, Language, broken: false };
}

function isWebTreeSitter(module: unknown): module is WebTreeSitter {
  return typeof module === 'object' && module !== null && 'Parser' in module && 'Language' in module;
}

/** Whether `error` is a runtime that gave up: a trap, an abort, or a stack that overflowed within it. */
export function isBreakdown(error: unknown): boolean {
  return error instanceof Error && (error.name === 'RuntimeError' || error instanceof RangeError);
}

const buried: unknown[] = [];

/**
 * Keeps what belongs to a broken runtime for as long as the process lives: were it collected, its finalizer would reach
 * into the broken memory and end the process.
 */
export function bury(...objects: unknown[]): void {
  buried.push(...objects);
}
