import { PACKAGE_ROOT } from '../package-root.js';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Parser } from 'web-tree-sitter';

import { EXIT, messageOf, NexusError } from '../errors.js';
import { CPP_SIGNS, type Grammar, grammarsFor } from './languages.js';
import { bury, openRuntime, type Runtime } from './runtime.js';
import { createParser, eitherOf } from './source-parser.js';
import type { Parsers, SourceParser } from './types.js';

/**
 * Loads the parsers that the extensions of `paths` need, each once per process; without a path of a known language
 * nothing is loaded at all. Throws `grammar-missing` where an installation lacks a file. A caller that can do without
 * passes `onMissing`: it is told once per grammar, and the paths of that language have no parser then.
 */
export type LoadParsers = (
  paths: Iterable<string>,
  onMissing?: (error: NexusError) => void,
) => Promise<Parsers>;

/** The build copies the grammars here. */
export const loadParsers: LoadParsers = createLoader(new URL('dist/grammars/', PACKAGE_ROOT));

/** A runtime and what was loaded into it. */
interface Session {
  runtime: Runtime;
  parsers: Parser[];
  loaded: Map<Grammar, Promise<SourceParser>>;
}

/** A loader of the grammars in `folder`, with a runtime of its own. */
export function createLoader(folder: URL): LoadParsers {
  let session: Promise<Session> | undefined;

  /** A runtime that broke is left behind with its parsers. */
  async function useSession(): Promise<Session> {
    const opening = (session ??= openSession());
    try {
      const opened = await opening;
      if (!opened.runtime.broken) return opened;
      bury(opened.parsers.splice(0));
    } catch (error) {
      if (session === opening) session = undefined;
      throw error;
    }
    if (session === opening) session = undefined;
    return useSession();
  }

  return async (paths, onMissing) => {
    const needed = [...new Set([...paths].flatMap((path) => grammarsFor(path)))];
    if (needed.length === 0) return { parserFor: () => undefined };
    const ready = new Map<Grammar, SourceParser>();
    await Promise.all(
      needed.map(async (grammar) => {
        try {
          ready.set(grammar, await loadOnce(grammar, folder, await useSession()));
        } catch (error) {
          if (onMissing === undefined) throw reportMissing(grammar, folder, error);
          onMissing(reportMissing(grammar, folder, error));
        }
      }),
    );
    return chooseByPath(ready);
  };
}

async function openSession(): Promise<Session> {
  return { runtime: await openRuntime(), parsers: [], loaded: new Map() };
}

/** One that failed is tried again the next time: the installation may have been mended. */
function loadOnce(grammar: Grammar, folder: URL, session: Session): Promise<SourceParser> {
  const known = session.loaded.get(grammar);
  if (known !== undefined) return known;
  const loading = load(grammar, folder, session);
  session.loaded.set(grammar, loading);
  loading.catch(() => session.loaded.delete(grammar));
  return loading;
}

async function load(grammar: Grammar, folder: URL, { runtime, parsers }: Session): Promise<SourceParser> {
  const language = await runtime.Language.load(await readFile(new URL(grammar.file, folder)));
  const parser = new runtime.Parser();
  parsers.push(parser);
  parser.setLanguage(language);
  return createParser({ runtime, parser }, grammar.profile);
}

function reportMissing({ file, profile }: Grammar, folder: URL, error: unknown): NexusError {
  const path = fileURLToPath(new URL(file, folder));
  return new NexusError({
    code: 'grammar-missing',
    message: `The grammar of ${profile.language} could not be loaded from ${path}: ${messageOf(error)}`,
    remedy: 'Install Nexus again; in its own repository run `npm ci` and `npm run build`.',
    exitCode: EXIT.internal,
    cause: error,
  });
}

/** Where a path may be of two languages both are asked. */
function chooseByPath(ready: ReadonlyMap<Grammar, SourceParser>): Parsers {
  const chosen = new Map<string, SourceParser | undefined>();
  return {
    parserFor(path) {
      const grammars = grammarsFor(path);
      const key = grammars.map((grammar) => grammar.file).join(' ');
      if (!chosen.has(key)) {
        const [first, second] = grammars
          .map((grammar) => ready.get(grammar))
          .filter((each) => each !== undefined);
        chosen.set(
          key,
          first !== undefined && second !== undefined ? eitherOf(first, second, CPP_SIGNS) : first,
        );
      }
      return chosen.get(key);
    },
  };
}
