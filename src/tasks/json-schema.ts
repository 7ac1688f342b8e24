import { z } from 'zod';
import { checkSchema } from '../config/schema.js';
import { TASK_ID_MAX, TASK_ID_PATTERN, TASK_KEYS } from './keys.js';
import type { TaskKey } from './keys.js';

/** Any scalar counts as text: `title: 2024` needs no quotes. */
const TEXT = { type: ['string', 'number', 'boolean'] };
const TEXTS = { anyOf: [TEXT, { type: 'array', items: TEXT }] };

const TYPES: Readonly<Record<TaskKey['type'], object>> = {
  id: { type: ['string', 'integer'], pattern: TASK_ID_PATTERN.source, maxLength: TASK_ID_MAX },
  ids: TEXTS,
  text: TEXT,
  texts: TEXTS,
  paths: TEXTS,
  flag: { type: 'boolean' },
  choice: { type: 'string' },
  checks: { type: 'array', items: { $ref: '#/$defs/check' } },
};

/** The JSON Schema of `tasks.yml`, from the same table that the reader uses. */
export function createTasksJsonSchema(): object {
  const { $schema, ...check } = z.toJSONSchema(checkSchema, { io: 'input' });
  const properties = Object.fromEntries(
    Object.entries<TaskKey>(TASK_KEYS).map(([name, { type, values, describe }]) => [
      name,
      { ...TYPES[type], ...(values === undefined ? {} : { enum: values }), description: describe },
    ]),
  );
  const mapping = {
    type: 'object',
    properties,
    additionalProperties: false,
    anyOf: [{ required: ['title'] }, { required: ['description'] }],
  };
  return {
    $schema,
    title: 'Nexus Overseer: tasks.yml',
    type: 'object',
    properties: {
      tasks: {
        type: 'array',
        items: { anyOf: [{ type: 'string', minLength: 1 }, mapping] },
        description: 'What is to be done; an entry is a mapping or just a sentence.',
      },
    },
    additionalProperties: false,
    $defs: { check: { anyOf: [{ type: 'string', minLength: 1 }, check] } },
  };
}
