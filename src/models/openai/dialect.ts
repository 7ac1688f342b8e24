import type { JsonSchema } from '../port.js';

/*
 * OpenAI-compatible servers know different parts of OpenAI's protocol, and say 400 to the rest. What a model's server
 * takes is found out once and remembered.
 */

/** How an answer is held to a schema: by the server, as any JSON with the schema in the prompt, or by the prompt alone. */
export type SchemaForm = 'json_schema' | 'json_object' | 'prompt';

export interface Dialect {
  schema: SchemaForm;
  /** Keys that are not sent. */
  without: ReadonlySet<string>;
  /** How the bound of the answer is called; newer servers refuse the old name. */
  bound: 'max_tokens' | 'max_completion_tokens';
}

export const FULL_DIALECT: Dialect = { schema: 'json_schema', without: new Set(), bound: 'max_tokens' };

/** Keys that an answer is as good without. */
const EXTRAS = [
  'stream_options',
  'chat_template_kwargs',
  'reasoning_effort',
  'cache_prompt',
  'ttl',
  'top_k',
  'repeat_penalty',
  'repetition_penalty',
];
/** Keys that are left out only if the server names them. */
const WANTED = ['seed', 'top_p', 'temperature'];

const ABOUT_SCHEMA = /response_format|json_?schema|json_?object|grammar|structured|guided|\bschema\b/i;

/**
 * The next dialect to try after a server refused a request in this one with `complaint`; undefined when there is none
 * left, so that the refusal has another reason.
 */
export function simplify(dialect: Dialect, complaint: string, hasSchema: boolean): Dialect | undefined {
  if (dialect.bound === 'max_tokens' && complaint.includes('max_completion_tokens')) {
    return { ...dialect, bound: 'max_completion_tokens' };
  }
  const left = (keys: readonly string[]): string[] => keys.filter((key) => !dialect.without.has(key));
  const named = left([...EXTRAS, ...WANTED]).filter((key) => complaint.includes(key));
  if (named.length > 0) return leaveOut(dialect, named);
  const weaker = hasSchema ? weaken(dialect) : undefined;
  if (weaker !== undefined && ABOUT_SCHEMA.test(complaint)) return weaker;
  const extras = left(EXTRAS);
  return extras.length > 0 ? leaveOut(dialect, extras) : weaker;
}

function leaveOut(dialect: Dialect, keys: readonly string[]): Dialect {
  return { ...dialect, without: new Set([...dialect.without, ...keys]) };
}

function weaken(dialect: Dialect): Dialect | undefined {
  if (dialect.schema === 'json_schema') return { ...dialect, schema: 'json_object' };
  return dialect.schema === 'json_object' ? { ...dialect, schema: 'prompt' } : undefined;
}

/** The keys of a request that hold its answer to a schema. */
export function renderFormat(schema: JsonSchema, form: SchemaForm): Record<string, unknown> {
  if (form === 'prompt') return {};
  if (form === 'json_object') return { response_format: { type: 'json_object' } };
  return {
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
  };
}

/** What the last message says in addition where the server does not hold the answer to the schema. */
export function describeSchema(schema: JsonSchema): string {
  return (
    '\n\nAnswer with one JSON object and nothing else: no code fence, no text before or after it. ' +
    `It must be valid under this JSON Schema:\n${JSON.stringify(schema)}`
  );
}
