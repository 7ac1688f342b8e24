import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Parser } from 'web-tree-sitter';

import { EXIT, messageOf, NexusError } from '../errors.js';
import { type Grammar, grammarsFor } from './languages.js';
import { bury, openRuntime, type Runtime } from './runtime.js';
import { createParser, preferSound } from './source-parser.js';
import type { Parsers, SourceParser } from './types.js';

/** The build copies the grammars here; the same folder from `dist/syntax/` and from `src/syntax/`. */
const FOLDER = new URL('../../dist/grammars/', import.meta.url);

/** One runtime and what was loaded into it. */
let runtime: Promise<Runtime> | undefined;
const loaded = new Map<string, Promise<SourceParser>>();
const parsers: Parser[] = [];

/**
 * Loads the parsers that the extensions of `paths` need, each once per process; without a path of a known language
 * nothing is loaded at all. Throws `grammar-missing` where an installation lacks a file. A caller that can do without
 * passes `onMissing`: it is told once per grammar, and the paths of that language have no parser then.
 */
export async function loadParsers(
  paths: Iterable<string>,
  onMissing?: (error: NexusError) => void,
): Promise<Parsers> {
  const needed = new Set([...paths].flatMap((path) => grammarsFor(path)));
  const ready = new Map<Grammar, SourceParser>();
  if (needed.size === 0) return { parserFor: () => undefined };
  const into = await useRuntime();
  await Promise.all(
    [...needed].map(async (grammar) => {
      try {
        ready.set(grammar, await loadOnce(grammar, into));
      } catch (error) {
        if (onMissing === undefined || !(error instanceof NexusError)) throw error;
        onMissing(error);
      }
    }),
  );
  const chosen = new Map<string, SourceParser | undefined>();
  return {
    parserFor(path) {
      const grammars = grammarsFor(path);
      const key = grammars.map((grammar) => grammar.file).join(' ');
      if (!chosen.has(key)) {
        const [first, second] = grammars
          .map((grammar) => ready.get(grammar))
          .filter((each) => each !== undefined);
        chosen.set(key, first !== undefined && second !== undefined ? preferSound(first, second) : first);
      }
      return chosen.get(key);
    },
  };
}

/** A runtime that broke is left behind with its parsers. */
async function useRuntime(): Promise<Runtime> {
  const opened = await (runtime ??= openRuntime());
  if (!opened.broken) return opened;
  bury(...parsers.splice(0));
  loaded.clear();
  runtime = undefined;
  return useRuntime();
}

/** One that failed is tried again the next time: the installation may have been mended. */
function loadOnce(grammar: Grammar, into: Runtime): Promise<SourceParser> {
  const known = loaded.get(grammar.file);
  if (known !== undefined) return known;
  const loading = load(grammar, into);
  loaded.set(grammar.file, loading);
  loading.catch(() => loaded.delete(grammar.file));
  return loading;
}

async function load(grammar: Grammar, into: Runtime): Promise<SourceParser> {
  const path = fileURLToPath(new URL(grammar.file, FOLDER));
  try {
    const language = await into.Language.load(await readFile(path));
    const parser = new into.Parser();
    parsers.push(parser);
    parser.setLanguage(language);
    return createParser({ runtime: into, parser }, grammar.profile);
  } catch (error) {
    throw new NexusError({
      code: 'grammar-missing',
      message: `The grammar of ${grammar.profile.language} could not be loaded from ${path}: ${messageOf(error)}`,
      remedy: 'Install Nexus again; in its own repository run `npm ci` and `npm run build`.',
      exitCode: EXIT.internal,
      cause: error,
    });
  }
}
