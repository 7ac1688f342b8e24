import type { CalibrationEdit } from './edit.js';

const REQUESTS = `import { openSocket, type Socket } from './socket.js';

/** Seconds that a request may take. */
const TIMEOUT_SECONDS = 30;
/** How often a request is sent before it counts as failed. */
const RETRY_LIMIT = 4;

export interface Request {
  path: string;
  body: string | undefined;
}

export class Client {
  private readonly socket: Socket;

  constructor(host: string) {
    this.socket = openSocket(host, TIMEOUT_SECONDS * 1000);
  }

  async send(request: Request): Promise<string> {
    let lastError: unknown;
    for (let attempt = 1; attempt <= RETRY_LIMIT; attempt += 1) {
      try {
        return await this.socket.exchange(request.path, request.body ?? '');
      } catch (error) {
        lastError = error;
      }
    }
    throw new Error('gave up after ' + RETRY_LIMIT + ' attempts', { cause: lastError });
  }
}
`;

const NAMES = `export interface Person {
  first: string;
  last: string;
  nickname?: string;
}

/** How a person is called in lists. */
export function displayName(person: Person): string {
  const nickname = person.nickname === undefined ? '' : ' (' + person.nickname + ')';
  return person.first + ' ' + person.last + nickname;
}

/** All names in one line. */
export function joinNames(people: readonly Person[]): string {
  return people.map(displayName).join(', ');
}

/** Sorted by last name, then by first name. */
export function sortPeople(people: readonly Person[]): Person[] {
  return [...people].sort(
    (a, b) => a.last.localeCompare(b.last) || a.first.localeCompare(b.first),
  );
}
`;

const STACK = `/** Last in, first out. */
export class Stack<T> {
  private readonly items: T[] = [];

  push(item: T): void {
    this.items.push(item);
  }

  pop(): T | undefined {
    return this.items.pop();
  }

  peek(): T | undefined {
    return this.items[this.items.length - 1];
  }
}

/** The order of brackets in a text, or undefined when they do not match. */
export function matchBrackets(text: string): number | undefined {
  const open = new Stack<string>();
  let deepest = 0;
  let depth = 0;
  for (const character of text) {
    if (character === '(') {
      open.push(character);
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === ')') {
      if (open.pop() === undefined) return undefined;
      depth -= 1;
    }
  }
  return open.peek() === undefined ? deepest : undefined;
}
`;

export const TYPESCRIPT_EDITS: readonly CalibrationEdit[] = [
  {
    id: 'change-number',
    path: 'src/client.ts',
    title: 'Let a request take 45 seconds',
    description: 'Change the constant `TIMEOUT_SECONDS` from 30 to 45.',
    text: REQUESTS,
    places: [{ old: 'const TIMEOUT_SECONDS = 30;', right: ['const TIMEOUT_SECONDS = 45;'] }],
  },
  {
    id: 'rename-constant',
    path: 'src/client.ts',
    title: 'Rename RETRY_LIMIT to MAX_ATTEMPTS',
    description:
      'Rename the constant `RETRY_LIMIT` to `MAX_ATTEMPTS`, also where it is used. Change nothing else.',
    text: REQUESTS,
    places: [
      { old: 'const RETRY_LIMIT = 4;', right: ['const MAX_ATTEMPTS = 4;'] },
      { old: 'attempt <= RETRY_LIMIT;', right: ['attempt <= MAX_ATTEMPTS;'] },
      {
        old: "'gave up after ' + RETRY_LIMIT + ' attempts'",
        right: ["'gave up after ' + MAX_ATTEMPTS + ' attempts'"],
      },
    ],
  },
  {
    id: 'add-parameter',
    path: 'src/names.ts',
    title: 'Let joinNames take the separator',
    description:
      "Give the function `joinNames` a second parameter `separator` of type string with the default `', '`, and use it in place of the fixed text between the names.",
    text: NAMES,
    places: [
      {
        old: "export function joinNames(people: readonly Person[]): string {\n  return people.map(displayName).join(', ');\n",
        right: [
          /^export function joinNames\(people:readonly Person\[\],separator(:string)?=", "\):string\{return people\.map\(displayName\)\.join\(separator\)$/,
        ],
      },
    ],
  },
  {
    id: 'add-method',
    path: 'src/stack.ts',
    title: 'Tell whether a stack is empty',
    description:
      'Add a method `isEmpty(): boolean` to the class `Stack`, after `peek`. It returns whether `items` has no entries.',
    text: STACK,
    places: [
      {
        old: '    return this.items[this.items.length - 1];\n  }\n}\n',
        right: [
          /^return this\.items\[this\.items\.length-1\]\}(public )?isEmpty\(\):boolean\{return (this\.items\.length===?0|!this\.items\.length|this\.items\.length<1)\}\}$/,
        ],
      },
    ],
  },
];
