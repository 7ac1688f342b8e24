import { ModelError } from '../../model-error.js';
import type { ListedModel } from '../answers.js';
import { isSameModel } from '../../names.js';
import { describeListed, listModels } from '../list-models.js';
import type { Line, Preset, Sight } from '../preset.js';

/** Any other server: what it tells about its models is taken, nothing is expected. */
export const plain: Preset = {
  kind: 'openai',
  title: 'OpenAI-compatible server',
  ports: [],
  // Its address has the path of the protocol, whatever that is.
  apiPath: '',
  version: async (line) => {
    await listIfTold(line);
    return undefined;
  },
  installed: async (line) => (await listIfTold(line)).map(describeListed),
  /** Whether the server has the model the request itself will show: it may take more names than it lists. */
  async look(line, name): Promise<Sight> {
    const models = await listIfTold(line);
    const model = models.find((each) => isSameModel('openai', each.id, name));
    const window = model?.max_model_len;
    if (window != null) return { kind: 'loaded', id: name, windowTokens: window };
    return { kind: 'unknown', id: name, others: model === undefined ? models.map(({ id }) => id) : [] };
  },
  extras: () => ({}),
};

/** A server need not list its models. */
async function listIfTold(line: Line): Promise<ListedModel[]> {
  try {
    return await listModels(line, '/models');
  } catch (error) {
    if (error instanceof ModelError && ['bad-answer', 'bad-request'].includes(error.fault)) return [];
    throw error;
  }
}
