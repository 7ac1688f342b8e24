import { isAlias, isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { ParsedNode, YAMLMap } from 'yaml';

/*
 * A YAML document as plain values that know where they stand. Aliases share the value of their anchor, so a hostile
 * file cannot make it grow; `size` counts the nodes as if every alias were written out. `at` is an offset into the text.
 */

export interface YamlScalar {
  kind: 'scalar';
  value: unknown;
  /** The text as written, without quotes: `007` and `1.10` keep their digits. */
  text: string;
  quoted: boolean;
  at: number;
  size: number;
}
export interface YamlList {
  kind: 'list';
  items: YamlValue[];
  at: number;
  size: number;
}
export interface YamlEntry {
  key: string;
  at: number;
  value: YamlValue;
}
export interface YamlMap {
  kind: 'map';
  entries: Map<string, YamlEntry>;
  at: number;
  size: number;
}
export type YamlValue = YamlScalar | YamlList | YamlMap;

/** Deeper than anybody writes, shallow enough for recursion. */
const MAX_DEPTH = 64;
/** 5,000 tasks that each merge a dozen keys stay well below. */
const MAX_EXPANDED = 500_000;

type Report = (at: number, message: string, remedy: string) => void;

/** Turns a parsed document into values with offsets; reports duplicate keys, bad aliases, merges and depth. */
export function convertDocument(contents: ParsedNode, report: Report): YamlValue {
  return new Converter(report).convert(contents, 0);
}

class Converter {
  private readonly anchors = new Map<string, YamlValue | 'open'>();
  private readonly report: Report;
  private expanded = 0;

  constructor(report: Report) {
    this.report = report;
  }

  convert(node: ParsedNode, depth: number): YamlValue {
    const at = node.range[0];
    if (isAlias(node)) return this.resolveAlias(node.source, at);
    if (depth > MAX_DEPTH) {
      this.report(at, `Nested more than ${MAX_DEPTH} levels deep.`, 'Flatten it.');
      return emptyScalar(at);
    }
    const anchor = node.anchor;
    if (anchor !== undefined) this.anchors.set(anchor, 'open');
    const value = this.convertContent(node, at, depth);
    if (anchor !== undefined) this.anchors.set(anchor, value);
    return value;
  }

  private convertContent(node: ParsedNode, at: number, depth: number): YamlValue {
    if (isMap(node)) return this.convertMap(node, at, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.convert(item, depth + 1));
      return { kind: 'list', items, at, size: items.reduce((sum, item) => sum + item.size, 1) };
    }
    if (!isScalar(node)) return emptyScalar(at);
    const quoted = node.type !== undefined && node.type !== Scalar.PLAIN;
    return { kind: 'scalar', value: node.value, text: textOf(node, quoted), quoted, at, size: 1 };
  }

  private convertMap(node: YAMLMap.Parsed, at: number, depth: number): YamlMap {
    const map: YamlMap = { kind: 'map', entries: new Map(), at, size: 1 };
    const merged: YamlValue[] = [];
    for (const pair of node.items) {
      const key = this.convert(pair.key, depth + 1);
      const value = pair.value === null ? emptyScalar(key.at) : this.convert(pair.value, depth + 1);
      map.size += value.size + 1;
      if (key.kind !== 'scalar') this.report(key.at, 'A key must be a word.', 'Write `key: value`.');
      else if (key.text === '<<' && !key.quoted) merged.push(value);
      else if (map.entries.has(key.text)) {
        this.report(key.at, `The key \`${key.text}\` is written twice.`, 'Keep one of them.');
      } else map.entries.set(key.text, { key: key.text, at: key.at, value });
    }
    for (const value of merged) this.merge(map, value);
    return map;
  }

  private merge(target: YamlMap, source: YamlValue): void {
    const maps = source.kind === 'list' ? source.items : [source];
    for (const map of maps) {
      if (map.kind !== 'map') {
        this.report(
          map.at,
          '`<<` merges something that is not a mapping.',
          'Write `<<: *anchor` of a mapping.',
        );
        continue;
      }
      for (const [key, entry] of map.entries) {
        if (!target.entries.has(key)) target.entries.set(key, entry);
      }
    }
  }

  private resolveAlias(name: string, at: number): YamlValue {
    const target = this.anchors.get(name);
    if (target === undefined || target === 'open') {
      const why = target === 'open' ? 'refers to something that it is part of' : 'has no anchor above it';
      this.report(at, `The alias *${name} ${why}.`, 'Write the value out.');
      return emptyScalar(at);
    }
    const before = this.expanded;
    this.expanded += target.size;
    if (this.expanded <= MAX_EXPANDED) return { ...target, at };
    if (before <= MAX_EXPANDED)
      this.report(at, 'The aliases expand to far too much.', 'Write the values out.');
    return emptyScalar(at);
  }
}

function textOf(node: Scalar, quoted: boolean): string {
  if (typeof node.value === 'string') return node.value;
  return quoted || node.value === null ? '' : (node.source ?? '');
}

function emptyScalar(at: number): YamlScalar {
  return { kind: 'scalar', value: null, text: '', quoted: false, at, size: 1 };
}

/** Whether a value is there but empty (`key:` or `key: ~`), which counts as not written. */
export function isEmpty(value: YamlValue): boolean {
  return value.kind === 'scalar' && value.value === null;
}

/** The value without positions. Keys with an empty value are left out; objects have no prototype. */
export function toPlain(value: YamlValue): unknown {
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'list') return value.items.map(toPlain);
  const object: Record<string, unknown> = { __proto__: null };
  for (const { key, value: inner } of value.entries.values()) {
    if (!isEmpty(inner)) object[key] = toPlain(inner);
  }
  return object;
}
