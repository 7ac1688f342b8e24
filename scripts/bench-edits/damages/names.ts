import type { Draft, HunkLine, Target } from '../draft.js';
import type { Language } from '../languages.js';
import { listNamedLines } from '../named.js';
import type { Damage } from './damage.js';

const NAMED = ['named-declaration'] as const;

/** What happens to a reply that sends declarations by their names. */
export const NAME_DAMAGES: readonly Damage[] = [
  {
    name: 'scope-left-out',
    what: 'methods without the class around them',
    formats: NAMED,
    phase: 'lines',
    parts: ['scope'],
    apply(draft, random) {
      const isOutdented = random.chance(0.5);
      return changePieces(draft, (target) => {
        for (const piece of target.pieces) {
          if (piece.scope === undefined) return false;
          piece.scope = undefined;
          if (!isOutdented) continue;
          const { indent } = piece.span;
          const all = [...piece.doc, ...piece.decorators, ...piece.lines];
          if (all.some((line) => line.text.trim() !== '' && !line.text.startsWith(indent))) return false;
          for (const line of all) line.text = line.text.slice(Math.min(indent.length, line.text.length));
        }
        return true;
      });
    },
  },
  {
    name: 'name-repeated',
    what: 'the file has several functions of that name',
    formats: NAMED,
    phase: 'file',
    // Functions that share a name are methods mostly, which are not exported.
    parts: ['name', 'export'],
    named: 'repeated',
    oneFile: true,
    apply: () => true,
  },
  {
    name: 'enclosing-left-out',
    what: 'a function that stands inside another or in an object, without what is around it',
    formats: NAMED,
    phase: 'file',
    parts: ['name', 'scope', 'export'],
    named: 'local',
    apply: () => true,
  },
  {
    name: 'doc-left-out',
    what: 'functions without the comment that the file has above them',
    formats: NAMED,
    phase: 'lines',
    parts: ['doc'],
    apply: (draft) =>
      changePieces(draft, (target) => {
        const has = target.pieces.some((piece) => piece.doc.length > 0);
        for (const piece of target.pieces) piece.doc = [];
        return has;
      }),
  },
  {
    name: 'export-left-out',
    what: 'functions without the `export` or `pub` that the file has in front',
    formats: NAMED,
    phase: 'lines',
    parts: ['export'],
    apply: (draft) =>
      changePieces(draft, (target) =>
        target.pieces.every((piece) => {
          const [head] = piece.lines;
          const bare = head?.text.replace(/^(\s*)(?:export (?!default)|pub(?:\([a-z]+\))? )/, '$1');
          if (head === undefined || bare === undefined || bare === head.text) return false;
          head.text = bare;
          return true;
        }),
      ),
  },
  {
    name: 'imports-repeated',
    what: 'imports that the file has already',
    formats: NAMED,
    phase: 'signs',
    parts: ['imports'],
    apply(draft, random) {
      return draft.targets.every((target) => {
        const imports = listImports(target);
        const chosen = random.shuffle(imports).slice(0, random.whole(1, 3));
        const lines = chosen.map((text): HunkLine => ({ op: ' ', text, at: undefined }));
        target.hunks[0]?.lines.unshift(...lines, { op: ' ', text: '', at: undefined });
        return chosen.length > 0;
      });
    },
  },
];

function changePieces(draft: Draft, change: (target: Target) => boolean): boolean {
  return draft.targets.every((target) => {
    const [hunk] = target.hunks;
    if (hunk === undefined || !change(target)) return false;
    hunk.lines = listNamedLines(target.pieces);
    return true;
  });
}

const IMPORTS: Record<Language, RegExp> = {
  javascript: /^(?:const [\w{}, ]+ = require\("[^"]+"\);|import .* from ['"].*['"];)$/,
  typescript: /^import .* from '.*';?$/,
  python: /^(?:import [\w.]+|from [\w.]+ import [\w, ]+)$/,
  go: /^\t"[\w./]+"$/,
  rust: /^use [\w:]+;$/,
  java: /^import [\w.]+;$/,
};

/** Import statements of one line that the file holds, each as a statement of its own. */
function listImports({ file }: Target): string[] {
  const { lines, language } = file.source;
  const found = lines.filter((line) => IMPORTS[language].test(line));
  return language === 'go' ? found.map((line) => `import ${line.trim()}`) : found;
}
