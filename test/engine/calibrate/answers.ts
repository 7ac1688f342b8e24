import { CALIBRATION_EDITS } from '../../../src/engine/calibrate/edits/all.js';
import type { CalibrationEdit } from '../../../src/engine/calibrate/edits/edit.js';

/** What stands in each place of each edit when it is done, as a good programmer writes it. */
const DONE: Readonly<Record<string, readonly string[]>> = {
  'change-number': ['const TIMEOUT_SECONDS = 45;'],
  'rename-constant': [
    'const MAX_ATTEMPTS = 4;',
    'attempt <= MAX_ATTEMPTS;',
    "'gave up after ' + MAX_ATTEMPTS + ' attempts'",
  ],
  'add-parameter': [
    "export function joinNames(people: readonly Person[], separator: string = ', '): string {\n  return people.map(displayName).join(separator);\n",
  ],
  'add-method': [
    '    return this.items[this.items.length - 1];\n  }\n\n  isEmpty(): boolean {\n    return this.items.length === 0;\n  }\n}\n',
  ],
  'off-by-one': ['index < items.length;'],
  'delete-function': ['\n\n'],
  'add-guard': ['  if (values.length === 0) return 0;\n  return sum(values) / values.length;\n'],
  'add-entry': ['    "h": 3600,\n    "d": 86400,\n}\n'],
  'fix-comparison': ['if amount > self.balance:'],
  'change-text': ['"amount must be positive"'],
  'add-case': ['\tcase Warning:\n\t\treturn "warning"\n\tcase Error:\n'],
  'guard-return': ['\tif len(q.items) == 0 {\n\t\treturn "", false\n\t}\n\tfirst := q.items[0]\n'],
};

/** Replacements in the right text that make it wrong. */
export const WRONG: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  'change-number': [['45', '54']],
  'rename-constant': [
    ['<= MAX_ATTEMPTS', '< MAX_ATTEMPTS'],
    ["' + MAX_ATTEMPTS + '", "' + RETRY_LIMIT + '"],
  ],
  'add-parameter': [
    ["', '): string", "','): string"],
    ['join(separator)', "join(', ')"],
  ],
  'add-method': [
    ['length === 0', 'length !== 0'],
    ['isEmpty', 'empty'],
  ],
  'off-by-one': [['index < items.length;', 'index <= items.length;']],
  'delete-function': [['function dearest', 'function oldTotal() {}\n\nfunction dearest']],
  'add-guard': [
    ['return 0;', 'return NaN;'],
    ['=== 0', '=== 1'],
  ],
  'add-entry': [
    ['86400', '8640'],
    ['"d"', '"D"'],
  ],
  'fix-comparison': [['amount > self.balance', 'amount < self.balance']],
  'change-text': [['must be positive', 'must be positive.']],
  'add-case': [
    ['"warning"', '"warn"'],
    [
      'case Warning:\n\t\treturn "warning"\n\tcase Error:',
      'case Error:\n\t\treturn "warning"\n\tcase Warning:',
    ],
  ],
  'guard-return': [
    ['false\n', 'true\n'],
    ['== 0', '== 1'],
  ],
};

/** The whole file as it is to be. */
export function answerOf(edit: CalibrationEdit): string {
  const done = DONE[edit.id] ?? [];
  return edit.places.reduce((text, { old }, index) => text.replace(old, () => done[index] ?? ''), edit.text);
}

/** The edit that a prompt of a calibration is about. */
export function editOf(prompt: string): CalibrationEdit {
  const edit = CALIBRATION_EDITS.find(({ title }) => prompt.includes(`# Task: ${title}\n`));
  if (edit === undefined) throw new Error('no edit of the calibration is asked for');
  return edit;
}
