import { cFamily } from './c-family.js';
import { ecmascript } from './ecmascript.js';
import { go } from './go.js';
import { java } from './java.js';
import type { Profile } from './profile.js';
import { python } from './python.js';
import { rust } from './rust.js';

/** A grammar's file and what its trees mean. */
export interface Grammar {
  /** File name below `dist/grammars/`. */
  file: string;
  profile: Profile;
}

const JAVASCRIPT: Grammar = { file: 'tree-sitter-javascript.wasm', profile: ecmascript('JavaScript') };
const TYPESCRIPT: Grammar = { file: 'tree-sitter-typescript.wasm', profile: ecmascript('TypeScript') };
const TSX: Grammar = { file: 'tree-sitter-tsx.wasm', profile: ecmascript('TSX') };
const PYTHON: Grammar = { file: 'tree-sitter-python.wasm', profile: python };
const GO: Grammar = { file: 'tree-sitter-go.wasm', profile: go };
const RUST: Grammar = { file: 'tree-sitter-rust.wasm', profile: rust };
const JAVA: Grammar = { file: 'tree-sitter-java.wasm', profile: java };
const C: Grammar = { file: 'tree-sitter-c.wasm', profile: cFamily('C') };
const CPP: Grammar = { file: 'tree-sitter-cpp.wasm', profile: cFamily('C++') };

/** Extensions and the grammars that read them; a second one is tried on what the first finds faulty. */
const EXTENSIONS: readonly [string, ...Grammar[]][] = [
  ['js jsx mjs cjs', JAVASCRIPT],
  ['ts mts cts', TYPESCRIPT],
  ['tsx', TSX],
  ['py pyi', PYTHON],
  ['go', GO],
  ['rs', RUST],
  ['java', JAVA],
  ['c', C],
  ['h', C, CPP],
  ['cc cpp cxx c++ hh hpp hxx h++ ipp tpp inl', CPP],
];

const BY_EXTENSION = new Map(
  EXTENSIONS.flatMap(([names, ...grammars]) => names.split(' ').map((name) => [name, grammars] as const)),
);

/** What only C++ has, although the C grammar makes something of it: `namespace a {` is a function to it. */
export const CPP_SIGNS =
  /^[ \t]*(?:(?:inline\s+)?namespace\b|class\s+\w|template\s*<|using\s|public\s*:|private\s*:)/mu;

/** The grammars for `path` by its extension, whatever its case; none where the language is not known. */
export function grammarsFor(path: string): readonly Grammar[] {
  const extension = /\.(\w+|\w*\+\+)$/u.exec(path)?.[1];
  return BY_EXTENSION.get(extension?.toLowerCase() ?? '') ?? [];
}
