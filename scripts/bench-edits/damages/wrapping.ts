import { SYNTAX } from '../languages.js';
import type { Draft, Format, PathPlace } from '../draft.js';
import type { Random } from '../random.js';
import { ALL, type Damage } from './damage.js';

const SEARCH_REPLACE: readonly Format[] = ['search-replace'];
/** Formats whose path stands outside of their lines. */
const WITH_PATH_LINE: readonly Format[] = ['search-replace', 'whole-file', 'named-declaration'];

/** What happens around the edits: paths, fences, markers, prose, and the bytes of the file. */
export const WRAPPING_DAMAGES: readonly Damage[] = [
  {
    name: 'crlf-file',
    what: 'the file has CRLF, the reply LF',
    formats: ALL,
    phase: 'file',
    parts: ['line-ends'],
    apply(draft) {
      for (const target of draft.targets) target.file = { ...target.file, eol: '\r\n' };
      return true;
    },
  },
  {
    name: 'crlf-reply',
    what: 'the reply has CRLF, the file LF',
    formats: ALL,
    phase: 'ending',
    parts: ['line-ends'],
    apply(draft) {
      draft.replyEol = '\r\n';
      return true;
    },
  },
  {
    name: 'byte-order-mark',
    what: 'the file has a byte order mark, the reply none',
    formats: ALL,
    phase: 'file',
    parts: ['start-of-file'],
    apply(draft) {
      for (const target of draft.targets) target.file = { ...target.file, bom: '\uFEFF' };
      return true;
    },
  },
  {
    name: 'final-newline-missing',
    what: 'the file has no newline at its end, the reply does not say so',
    formats: ALL,
    phase: 'file',
    parts: ['end-of-file'],
    apply(draft) {
      for (const target of draft.targets) target.file = { ...target.file, finalNewline: false };
      return true;
    },
  },
  spelling('path-dotted', '`./` in front of the path', (path) => `./${path}`),
  spelling('path-absolute', 'the path as on some machine', (path, random) =>
    random.pick([`/home/user/project/${path}`, `/app/${path}`, `/workspace/repo/${path}`]),
  ),
  {
    ...spelling('path-suffix', 'the end of the path only', (path, random) =>
      path
        .split('/')
        .slice(random.chance(0.5) ? -1 : 1)
        .join('/'),
    ),
    apply(draft, random) {
      const offered = listOffered(draft);
      for (const target of draft.targets) {
        const parts = target.file.source.path.split('/');
        const suffix = parts.slice(random.whole(1, parts.length - 1)).join('/');
        // Only where one of the offered files ends so.
        if (offered.filter((path) => path.endsWith(`/${suffix}`)).length !== 1) return false;
        target.spelled = suffix;
      }
      return true;
    },
  },
  place('path-in-prose', 'the path in the sentence above', 'prose'),
  place('path-decorated', 'the path in a heading or in bold type', 'heading', 'bold'),
  place('path-on-fence', 'the path behind the fence', 'info'),
  place('path-in-comment', 'the path in a comment inside the fence', 'comment'),
  {
    name: 'path-missing',
    what: 'no path',
    formats: WITH_PATH_LINE,
    phase: 'places',
    parts: ['path', 'path-place'],
    oneFile: true,
    apply(draft) {
      draft.pathPlace = 'none';
      return true;
    },
  },
  {
    name: 'path-misspelt',
    what: 'the path of no file, though of a similar name: no answer',
    formats: ALL,
    phase: 'places',
    parts: ['path'],
    isFatal: true,
    apply(draft, random) {
      const target = random.pick(draft.targets);
      const { path } = target.file.source;
      const misspelt = misspell(path, random);
      if (misspelt === path || listOffered(draft).some((one) => one.endsWith(misspelt))) return false;
      target.spelled = misspelt;
      return true;
    },
  },
  {
    name: 'fence-tag-wrong',
    what: 'another language behind the fence, or none',
    formats: ALL,
    phase: 'wrapping',
    parts: ['fence-tag'],
    apply(draft, random) {
      const own = draft.targets[0]?.file.source.language;
      const others = Object.values(SYNTAX).flatMap(({ tags }) => tags.slice(0, 1));
      const mine = own === undefined ? [] : SYNTAX[own].tags;
      const tags = ['', 'text', 'plaintext', 'code', ...others].filter((tag) => !mine.includes(tag));
      const tag = random.pick(tags);
      if (tag === draft.fence.tag || !draft.fence.isOpened) return false;
      draft.fence.tag = tag;
      return true;
    },
  },
  {
    name: 'fence-unclosed',
    what: 'the last fence is not closed',
    formats: ALL,
    phase: 'wrapping',
    parts: ['fence-end', 'after', 'end-sign'],
    oneFile: true,
    apply(draft) {
      if (!draft.fence.isOpened) return false;
      draft.fence.isClosed = false;
      draft.after = [];
      return true;
    },
  },
  {
    name: 'fence-missing',
    what: 'no fences',
    formats: ['search-replace', 'unified-diff', 'begin-patch'],
    phase: 'wrapping',
    parts: ['fence-tag', 'fence-end', 'fence-mark', 'fence-needed', 'end-sign'],
    apply(draft) {
      if (!draft.fence.isOpened) return false;
      // Prose right behind the last line of a diff could be its context.
      if (draft.format !== 'search-replace') draft.after = draft.after.length > 0 ? ['', ...draft.after] : [];
      draft.fence.isOpened = false;
      return true;
    },
  },
  {
    name: 'fence-unusual',
    what: 'fences of tildes or of more than three marks',
    formats: ALL,
    phase: 'wrapping',
    parts: ['fence-mark'],
    apply(draft, random) {
      if (!draft.fence.isOpened) return false;
      draft.fence.mark = random.pick(['~~~', '````', '`````', '~~~~']);
      return true;
    },
  },
  {
    name: 'marker-length',
    what: '5 to 9 characters in the markers',
    formats: SEARCH_REPLACE,
    phase: 'wrapping',
    parts: ['markers'],
    apply(draft, random) {
      draft.markerLength = random.pick([5, 6, 8, 9]);
      return true;
    },
  },
  divider('divider-twice', 'a second `=======` before the end', 'two'),
  divider('divider-ends', '`=======` in the place of `>>>>>>> REPLACE`', 'as-end'),
  {
    name: 'chatter',
    what: 'sentences before and after the edits',
    formats: ALL,
    phase: 'wrapping',
    parts: ['after', 'prose'],
    apply(draft, random) {
      draft.before.unshift(...random.pick(BEFORE), '');
      draft.after.push('', ...random.pick(AFTER));
      return true;
    },
  },
];

const BEFORE = [
  ["Sure! Here's the change you asked for."],
  [
    'I looked at the file. To fix the problem, we need to do two things:',
    '',
    '1. Change the condition.',
    '2. Keep the rest.',
  ],
  ['## Solution', '', 'The function should handle the new case, so I updated it:'],
  ['<think>', 'The user wants a change here. I should keep it small.', '</think>', '', 'Done:'],
];
const AFTER = [
  ['This should do it. Let me know if you need anything else!'],
  ['### Explanation', '', '- The check now comes first.', '- Everything else stays `unchanged`.'],
  ['Note: I have not run the tests.'],
];

/** @returns the paths that a reply to this draft may name */
function listOffered(draft: Draft): string[] {
  return [...draft.targets.map(({ file }) => file.source.path), ...draft.others.map(({ path }) => path)];
}

function spelling(name: string, what: string, spell: (path: string, random: Random) => string): Damage {
  return {
    name,
    what,
    formats: ALL,
    phase: 'places',
    parts: ['path'],
    apply(draft, random) {
      for (const target of draft.targets) target.spelled = spell(target.file.source.path, random);
      return true;
    },
  };
}

function place(name: string, what: string, ...places: PathPlace[]): Damage {
  const needsFence = places.some((where) => where === 'info' || where === 'comment');
  return {
    name,
    what,
    formats: WITH_PATH_LINE,
    phase: 'places',
    parts: ['path-place', ...(needsFence ? ['fence-needed'] : [])],
    apply(draft, random) {
      if (needsFence && !draft.fence.isOpened) return false;
      draft.pathPlace = random.pick(places);
      return true;
    },
  };
}

function divider(name: string, what: string, kind: Draft['divider']): Damage {
  return {
    name,
    what,
    formats: SEARCH_REPLACE,
    phase: 'wrapping',
    parts: ['divider', ...(kind === 'as-end' ? ['end-sign'] : [])],
    apply(draft) {
      draft.divider = kind;
      return true;
    },
  };
}

/** A letter left out, doubled or swapped with the next in the file's name. */
function misspell(path: string, random: Random): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const name = path.slice(folder.length);
  const stem = name.slice(0, name.lastIndexOf('.'));
  const ending = name.slice(stem.length);
  const at = random.whole(0, stem.length - 1);
  const variants = [
    stem.slice(0, at) + stem.slice(at + 1),
    stem.slice(0, at) + stem.charAt(at) + stem.slice(at),
    `${stem}s`,
    stem.slice(0, at) + stem.charAt(at + 1) + stem.charAt(at) + stem.slice(at + 2),
  ];
  const misspelt = random.pick(variants);
  return misspelt === '' ? path : folder + misspelt + ending;
}
