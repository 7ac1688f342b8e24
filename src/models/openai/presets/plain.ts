import { ModelError } from '../../model-error.js';
import { isSameModel } from '../../names.js';
import { describeListed, listModels } from '../list-models.js';
import type { Preset, Sight } from '../preset.js';

/** Any other server: what it tells about its models is taken, nothing is expected. */
export const plain: Preset = {
  kind: 'openai',
  title: 'OpenAI-compatible server',
  ports: [],
  // Its address has the path of the protocol, whatever that is.
  apiPath: '',
  version: async (line) => {
    await listModels(line, '/models');
    return undefined;
  },
  installed: async (line) => (await listModels(line, '/models')).map(describeListed),
  async look(line, name): Promise<Sight> {
    try {
      const models = await listModels(line, '/models');
      const window = models.find((each) => isSameModel('openai', each.id, name))?.max_model_len;
      if (window != null) return { kind: 'loaded', id: name, windowTokens: window };
    } catch (error) {
      // A server need not list its models; whether it has this one the request itself will show.
      if (!(error instanceof ModelError) || !['bad-answer', 'bad-request'].includes(error.fault)) throw error;
    }
    return { kind: 'unknown', id: name };
  },
  extras: () => ({}),
};
