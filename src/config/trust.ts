import { createHash } from 'node:crypto';
import type { CheckConfig, Config } from './schema.js';

/*
 * What a checkout may make this machine do (design.md §5.11): commands, model servers, links, prompts. Somebody who
 * cloned it has to agree once; what was agreed to is kept outside the repository (trust-store.ts).
 */

/** One thing that acts. Two items with the same kind and subject are the same thing, perhaps changed. */
export interface TrustedItem {
  kind: 'command' | 'address' | 'remote' | 'link' | 'template';
  subject: string;
  /** What else matters: kind, address and key of the server, or the hash of the template. */
  detail: string;
}

export interface TrustDifference {
  added: TrustedItem[];
  changed: { before: TrustedItem; after: TrustedItem }[];
  /** No longer there. That needs no approval: it only takes power away. */
  removed: TrustedItem[];
}

/** What matters of a task: its own commands. */
export interface TaskCommands {
  checks: readonly CheckConfig[] | undefined;
  checksAdd: readonly CheckConfig[];
}

/**
 * Lists what may act, sorted and without repetition, so that the order and layout of the files do not count. Empty
 * when nothing but Nexus's own defaults acts. `templateOverrides` has path in the repository → text.
 */
export function describeTrusted(
  config: Config,
  templateOverrides: ReadonlyMap<string, string>,
  tasks: readonly TaskCommands[] = [],
): TrustedItem[] {
  const commands = [
    ...config.setup,
    ...config.fix,
    ...config.checks,
    ...tasks.flatMap(({ checks, checksAdd }) => [...(checks ?? []), ...checksAdd]),
  ];
  const items = [
    ...commands.map(({ run, cwd }) => item('command', cwd === '.' ? run : `${run}\n(in ${cwd})`)),
    ...describeAddresses(config),
    ...(config.allow_remote ? [item('remote', 'allow_remote', 'true')] : []),
    ...(config.link ?? []).map((folder) => item('link', folder)),
    ...[...templateOverrides].map(([path, text]) => item('template', path, sha256(text))),
  ];
  const byKey = new Map(items.map((entry) => [JSON.stringify(entry), entry]));
  return [...byKey.keys()].toSorted().flatMap((key) => byKey.get(key) ?? []);
}

/** SHA-256 of a listing, hexadecimal. */
export function trustHash(items: readonly TrustedItem[]): string {
  return sha256(JSON.stringify(items.map(({ kind, subject, detail }) => [kind, subject, detail])));
}

/** What `current` may do that `approved` did not name, what changed, and what is gone. */
export function diffTrusted(
  approved: readonly TrustedItem[],
  current: readonly TrustedItem[],
): TrustDifference {
  const before = new Map(approved.map((entry) => [keyOf(entry), entry]));
  const after = new Map(current.map((entry) => [keyOf(entry), entry]));
  const difference: TrustDifference = { added: [], changed: [], removed: [] };
  for (const [key, entry] of after) {
    const old = before.get(key);
    if (old === undefined) difference.added.push(entry);
    else if (old.detail !== entry.detail) difference.changed.push({ before: old, after: entry });
  }
  for (const [key, entry] of before) if (!after.has(key)) difference.removed.push(entry);
  return difference;
}

/** Whether nothing acts that was not approved. */
export function isCovered({ added, changed }: TrustDifference): boolean {
  return added.length === 0 && changed.length === 0;
}

/** One line for a person who decides. Control and direction characters are spelt out: they could hide a command. */
export function renderTrustedItem({ kind, subject, detail }: TrustedItem): string {
  const what = spellOut(subject);
  switch (kind) {
    case 'command':
      return `runs: ${what}`;
    case 'address':
      return `${what} talks to: ${spellOut(detail)}`;
    case 'remote':
      return 'may use model servers outside this machine and its private network (allow_remote)';
    case 'link':
      return `links into the worktree: ${what}`;
    case 'template':
      return `replaces a prompt: ${what} (${detail.slice(0, 12)})`;
  }
}

/** The address that is used without a configuration is no reason to ask. */
function describeAddresses(config: Config): TrustedItem[] {
  return (['overseer', 'coder'] as const).flatMap((role) => {
    const { backend, model, fallbacks, url, api_key_env: variable } = config[role];
    // A file that is read by native code in this very process.
    if (backend === 'embedded') {
      const files = [model, ...fallbacks];
      const what = files.length === 1 ? 'the model file' : 'the model files';
      return [item('address', role, `embedded, ${what} ${files.join(', ')}`)];
    }
    const isDefault = backend === 'ollama' && (url === undefined || isDefaultAddress(url));
    if (isDefault && variable === undefined) return [];
    const address = url ?? 'its usual address';
    const server = backend === 'ollama' ? address : `${backend} at ${address}`;
    return [
      item('address', role, variable === undefined ? server : `${server}, with the key in ${variable}`),
    ];
  });
}

function isDefaultAddress(url: string): boolean {
  return ['http://127.0.0.1:11434/', 'http://localhost:11434/'].includes(new URL(url).href);
}

function spellOut(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n') return String.raw`\n`;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

function item(kind: TrustedItem['kind'], subject: string, detail = ''): TrustedItem {
  return { kind, subject, detail };
}

function keyOf({ kind, subject }: TrustedItem): string {
  return `${kind}\0${subject}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
