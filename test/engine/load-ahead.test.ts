import { describe, expect, it } from 'vitest';
import { createLoadAhead, type LoadAhead } from '../../src/engine/load-ahead.js';
import { createRoleModels } from '../../src/engine/role-models.js';
import type { Backend, Model, Role } from '../../src/models/port.js';

const never = new AbortController().signal;

const unused = (): never => {
  throw new Error('not to be asked');
};

const nameModel = (role: Role, name: string): Model => ({ role, name, contextTokens: 4096, chat: unused });

function setServer(load?: Backend['load'], limitMs = 60_000): { ahead: LoadAhead; loads: string[] } {
  const loads: string[] = [];
  const backend: Backend = {
    kind: 'ollama',
    label: 'a server',
    version: unused,
    installed: unused,
    model: unused,
    ...(load === undefined
      ? {}
      : {
          load: async (name, context, signal) => {
            loads.push(`${name} ${context}`);
            return load(name, context, signal);
          },
        }),
  };
  const models = {
    overseer: createRoleModels([nameModel('overseer', 'o')]),
    coder: createRoleModels([nameModel('coder', 'c')]),
  };
  return {
    ahead: createLoadAhead({ backends: { overseer: backend, coder: backend }, models }, limitMs),
    loads,
  };
}

describe('loading ahead', () => {
  it('is waited for by the next request, which is told how long it took', async () => {
    let end = (): void => {};
    const { ahead, loads } = setServer(async () => new Promise<void>((resolve) => (end = resolve)));
    ahead.begin('overseer', never);
    ahead.begin('overseer', never);
    const order: string[] = [];
    const waiting = ahead.finish('overseer').then((ms) => order.push(typeof ms));
    await new Promise(setImmediate);
    order.push('loaded');
    end();
    await waiting;
    expect(order).toEqual(['loaded', 'number']);
    expect(loads).toEqual(['o 4096']);
  });

  it('is not done for the model that was asked last, and is for one that had to make room', async () => {
    const { ahead, loads } = setServer(async () => {});
    expect(await ahead.finish('overseer')).toBeUndefined();
    ahead.begin('overseer', never);
    expect(loads).toEqual([]);
    expect(await ahead.finish('coder')).toBeUndefined();
    ahead.begin('overseer', never);
    expect(await ahead.finish('overseer')).toEqual(expect.any(Number));
    expect(loads).toEqual(['o 4096']);
  });

  it('leaves it to the request to say what is wrong', async () => {
    const { ahead, loads } = setServer(async () => {
      throw new Error('out of memory');
    });
    ahead.begin('coder', never);
    expect(await ahead.finish('coder')).toBeUndefined();
    expect(loads).toEqual(['c 4096']);
  });

  it('ends with its limit, since a request waits for it', async () => {
    const { ahead } = setServer(
      async (_, __, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
      20,
    );
    ahead.begin('coder', never);
    expect(await ahead.finish('coder')).toBeUndefined();
  });

  it('does nothing where the server cannot be told to load', async () => {
    const { ahead } = setServer();
    ahead.begin('coder', never);
    expect(await ahead.finish('coder')).toBeUndefined();
  });
});
