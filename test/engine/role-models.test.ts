import { describe, expect, it } from 'vitest';
import { createRoleModels } from '../../src/engine/role-models.js';
import { ModelError } from '../../src/models/model-error.js';
import type { Model, ModelFault } from '../../src/models/port.js';

function nameModel(name: string): Model {
  return {
    role: 'coder',
    name,
    contextTokens: 4096,
    chat: () => {
      throw new Error('not to be asked');
    },
  };
}

const fail = (fault: ModelFault): ModelError => new ModelError({ fault, message: 'It failed.' });

describe('the models of a role', () => {
  it('take each other’s place in the order of the list, until all begins anew', () => {
    const models = createRoleModels([nameModel('a'), nameModel('b'), nameModel('c')]);
    expect(models.current.name).toBe('a');
    expect(models.fallBack(fail('model-missing'))?.name).toBe('b');
    expect(models.current.name).toBe('b');
    expect(models.fallBack(fail('server-error'))?.name).toBe('c');
    expect(models.fallBack(fail('silence'))).toBeUndefined();
    expect(models.current.name).toBe('c');
    models.restart();
    expect(models.current.name).toBe('a');
  });

  it.each<ModelFault>([
    'not-running',
    'unauthorised',
    'wrong-backend',
    'busy',
    'connect-timeout',
    'connection-lost',
    'context-exceeded',
    'prompt-cut',
    'runaway',
  ])('stay as they are when %s: another model would fare no better', (fault) => {
    const models = createRoleModels([nameModel('a'), nameModel('b')]);
    expect(models.fallBack(fail(fault))).toBeUndefined();
    expect(models.current.name).toBe('a');
  });

  it('stay as they are for an error that is no model’s', () => {
    const models = createRoleModels([nameModel('a'), nameModel('b')]);
    expect(models.fallBack(new Error('stopped'))).toBeUndefined();
  });
});
