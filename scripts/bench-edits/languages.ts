/** The languages that cases are made in, in the order of the tables. */
export const LANGUAGES = ['javascript', 'typescript', 'python', 'go', 'rust', 'java'] as const;
export type Language = (typeof LANGUAGES)[number];

interface Syntax {
  /** File name endings. */
  endings: readonly string[];
  /** Tags that models write behind a fence. */
  tags: readonly string[];
  comment: '//' | '#';
  /** Whether a line is nothing but (a part of) a comment. */
  isComment: (line: string) => boolean;
  /** Statements that may stand in any function; `NAME` and `NUMBER` are filled in. */
  statements: readonly (readonly string[])[];
  /** A function of its own, at the top of a file (in Java: a member), without indentation. */
  declaration: readonly string[];
  /** A line that may stand before the first line of code. */
  firstLine: string;
  keywords: ReadonlySet<string>;
}

const isSlashComment = (line: string) => /^\s*(?:\/\/|\/\*.*\*\/\s*$)/.test(line);
const isBlockComment = (line: string) => /^\s*(?:\/\/|\/\*|\*(?:[ /]|$))/.test(line);

export const SYNTAX: Record<Language, Syntax> = {
  javascript: {
    endings: ['.js'],
    tags: ['js', 'javascript'],
    comment: '//',
    isComment: isBlockComment,
    statements: [
      ['const NAME = NUMBER;'],
      ['const NAME = Date.now() + NUMBER;'],
      ['console.debug("NAME", NUMBER);'],
      ['// NAME is only for NUMBER entries.', 'const NAME = [NUMBER];'],
      ['if (process.env.NAME) {', '\tconsole.log(`NAME: ${NUMBER}`);', '}'],
      ['for (const NAME of [NUMBER]) {', '\tconsole.log(NAME);', '\tconsole.log("seen");', '}', ''],
    ],
    declaration: ['function NAME(input) {', '\tconst limit = NUMBER;', '\treturn input < limit;', '}'],
    firstLine: '// NAME NUMBER',
    keywords: words(
      'break case catch class const continue debugger default delete do else export extends finally for function if import in instanceof new return super switch this throw try typeof var void while with yield let static async await of null true false undefined arguments get set require module exports',
    ),
  },
  typescript: {
    endings: ['.ts'],
    tags: ['ts', 'typescript'],
    comment: '//',
    isComment: isBlockComment,
    statements: [
      ['const NAME = NUMBER;'],
      ['const NAME: number = Date.now() + NUMBER;'],
      ["console.debug('NAME', NUMBER);"],
      ['// NAME is only for NUMBER entries.', 'const NAME: number[] = [NUMBER];'],
      ['if (Date.now() < NUMBER) {', '\tconsole.log(`NAME: ${NUMBER}`);', '}'],
      ['for (const NAME of [NUMBER]) {', '\tconsole.log(NAME);', "\tconsole.log('seen');", '}', ''],
    ],
    declaration: [
      'function NAME(input: number): boolean {',
      '\tconst limit = NUMBER;',
      '\treturn input < limit;',
      '}',
    ],
    firstLine: '// NAME NUMBER',
    keywords: words(
      'break case catch class const continue debugger default delete do else export extends finally for function if import in instanceof new return super switch this throw try typeof var void while with yield let static async await of null true false undefined arguments get set require module exports any as boolean constructor declare enum from implements infer interface is keyof never number object package private protected public readonly string symbol type unique unknown asserts namespace abstract',
    ),
  },
  python: {
    endings: ['.py'],
    tags: ['python', 'py'],
    comment: '#',
    isComment: (line) => /^\s*#/.test(line),
    statements: [
      ['NAME = NUMBER'],
      ['NAME = [NUMBER, len("NAME")]'],
      ['print("NAME", NUMBER)'],
      ['# NAME is only for NUMBER entries.', 'NAME = {"limit": NUMBER}'],
      ['if NUMBER < 10:', "\tprint('NAME')"],
      ['for NAME in range(NUMBER):', '\tprint(NAME)', '\tprint("seen")', ''],
    ],
    declaration: ['def NAME(value):', '\tlimit = NUMBER', '\treturn value < limit'],
    firstLine: '# NAME NUMBER',
    keywords: words(
      'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield self cls print match case super',
    ),
  },
  go: {
    endings: ['.go'],
    tags: ['go', 'golang'],
    comment: '//',
    isComment: isSlashComment,
    statements: [
      ['NAME := NUMBER', '_ = NAME'],
      ['println("NAME", NUMBER)'],
      ['// NAME is only for NUMBER entries.', 'println("NAME")'],
      ['if len("NAME") > NUMBER {', '\tprintln("NAME")', '}'],
      ['for NAME := 0; NAME < NUMBER; NAME++ {', '\tprintln(NAME)', '\tprintln("seen")', '}', ''],
    ],
    declaration: ['func NAME(value int) bool {', '\tlimit := NUMBER', '\treturn value < limit', '}'],
    firstLine: '// NAME NUMBER',
    keywords: words(
      'break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false iota append cap close copy delete len make new panic print println recover string int bool error byte rune float64 uint64 int64 any',
    ),
  },
  rust: {
    endings: ['.rs'],
    tags: ['rust', 'rs'],
    comment: '//',
    isComment: isSlashComment,
    statements: [
      ['let NAME = NUMBER;'],
      ['let NAME: usize = "NAME".len() + NUMBER;'],
      ['println!("NAME {}", NUMBER);'],
      ['// NAME is only for NUMBER entries.', 'let NAME = [NUMBER];'],
      ['if "NAME".len() > NUMBER {', '\tprintln!("NAME");', '}'],
      ['for NAME in 0..NUMBER {', '\tprintln!("{}", NAME);', '\tprintln!("seen");', '}', ''],
    ],
    declaration: ['fn NAME(value: usize) -> bool {', '\tlet limit = NUMBER;', '\tvalue < limit', '}'],
    firstLine: '// NAME NUMBER',
    keywords: words(
      'as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while async await dyn box Some None Ok Err usize u8 u16 u32 u64 i8 i16 i32 i64 bool str char f64 f32 isize macro_rules',
    ),
  },
  java: {
    endings: ['.java'],
    tags: ['java'],
    comment: '//',
    isComment: isBlockComment,
    statements: [
      ['final int NAME = NUMBER;'],
      ['final long NAME = System.nanoTime() + NUMBER;'],
      ['System.out.println("NAME " + NUMBER);'],
      ['// NAME is only for NUMBER entries.', 'final int[] NAME = {NUMBER};'],
      ['if (System.nanoTime() < NUMBER) {', '\tSystem.out.println("NAME");', '}'],
      [
        'for (int NAME = 0; NAME < NUMBER; NAME++) {',
        '\tSystem.out.println(NAME);',
        '\tSystem.out.println("seen");',
        '}',
        '',
      ],
    ],
    declaration: [
      'private static boolean NAME(final int value) {',
      '\tfinal int limit = NUMBER;',
      '\treturn value < limit;',
      '}',
    ],
    firstLine: '// NAME NUMBER',
    keywords: words(
      'abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for goto if implements import instanceof int interface long native new package private protected public return short static strictfp super switch synchronized this throw throws transient try void volatile while true false null var record yield String Object Integer',
    ),
  },
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
