import { describe, expect, it } from 'vitest';
import { createMemory } from '../../src/repository/object-memory.js';

/** Counts what is asked, and holds the answers: what nobody holds may be collected as garbage at any time. */
function createAsker(): { asked: string[]; ask: (about: string) => () => Promise<string> } {
  const asked: string[] = [];
  const held: Promise<string>[] = [];
  const answer = (about: string): Promise<string> => {
    asked.push(about);
    const promise =
      about === 'wrong' ? Promise.reject(new Error('wrong')) : Promise.resolve(`about ${about}`);
    held.push(promise);
    return promise;
  };
  return { asked, ask: (about) => () => answer(about) };
}

describe('a memory', () => {
  it('asks once, for each repository', async () => {
    const memory = createMemory<string>(2);
    const { asked, ask } = createAsker();
    const [one, other] = [{}, {}];
    expect(memory.peek(one, 'a')).toBeUndefined();
    const both = [memory.recall(one, 'a', ask('a')), memory.recall(one, 'a', ask('a'))];
    expect(await Promise.all(both)).toEqual(['about a', 'about a']);
    expect(await memory.peek(one, 'a')).toBe('about a');
    expect(asked).toEqual(['a']);
    expect(memory.peek(other, 'a')).toBeUndefined();
    await memory.recall(other, 'a', ask('a'));
    expect(asked).toEqual(['a', 'a']);
  });

  it('forgets what was not asked for the longest', async () => {
    const memory = createMemory<string>(2);
    const { asked, ask } = createAsker();
    const repository = {};
    for (const about of ['a', 'b', 'a', 'c', 'a', 'b']) await memory.recall(repository, about, ask(about));
    expect(asked).toEqual(['a', 'b', 'c', 'b']);
  });

  it('asks again after a failure', async () => {
    const memory = createMemory<string>(2);
    const { asked, ask } = createAsker();
    const repository = {};
    await expect(memory.recall(repository, 'wrong', ask('wrong'))).rejects.toThrow('wrong');
    await expect(memory.recall(repository, 'wrong', ask('wrong'))).rejects.toThrow('wrong');
    expect(memory.peek(repository, 'wrong')).toBeUndefined();
    expect(asked).toEqual(['wrong', 'wrong']);
  });
});
