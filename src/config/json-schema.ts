import { z } from 'zod';
import { configSchema } from './schema.js';

/** The parts of JSON Schema (2020-12) that describe `.nexus.yml`. */
export interface JsonSchema {
  type?: 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object';
  description?: string;
  default?: unknown;
  const?: string | number;
  enum?: string[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  format?: string;
}

/** The JSON Schema of `.nexus.yml` as a person writes it: every key optional, with its default. */
export function createConfigJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input' });
  const complete: JsonSchema = JSON.parse(
    JSON.stringify({ $schema, title: 'Nexus Overseer: .nexus.yml', ...schema }),
  );
  return complete;
}

/** The part of `schema` that describes the value at `path`, looking into the form of a choice that has parts. */
export function findSchemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  let found: JsonSchema | undefined = schema;
  for (const key of path) {
    const part = typeof key === 'number' ? 'items' : 'properties';
    const form: JsonSchema | undefined = found?.anyOf?.find((option) => option[part] !== undefined) ?? found;
    found = typeof key === 'number' ? form?.items : form?.properties?.[String(key)];
  }
  return found;
}

/** What a schema allows, in words: `a whole number from 1 to 20`. */
export function describeExpected(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeExpected).join(' or ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  switch (schema.type ?? 'string') {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${describeRange(schema)}`;
    case 'number':
      return `a number${describeRange(schema)}`;
    case 'array':
      return `a list, each entry ${schema.items === undefined ? 'a value' : describeExpected(schema.items)}`;
    case 'object':
      return `a mapping with ${Object.keys(schema.properties ?? {}).join(', ')}`;
    case 'string':
      return schema.format === 'uri' ? 'an address such as http://127.0.0.1:11434' : 'a text';
  }
}

function describeRange({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (minimum === undefined) return '';
  // zod writes the greatest safe integer where no maximum was given.
  const open = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  return open ? ` of at least ${minimum}` : ` from ${minimum} to ${maximum}`;
}
