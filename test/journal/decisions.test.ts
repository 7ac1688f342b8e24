import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clearDecisions,
  readDecisionMessage,
  readDecisions,
  writeDecision,
  type Decision,
} from '../../src/journal/decisions.js';
import { keepInHistory, readHistory } from '../../src/journal/history.js';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let repository: Repository;
let tip: string;

beforeEach(async () => {
  temp = createTempRepository();
  repository = await openRepository(temp.path);
  tip = temp.git(['rev-parse', 'HEAD']);
});
afterEach(() => temp.dispose());

const decide = (values: Partial<Decision> = {}): Decision => ({
  task: 'add-login',
  verb: 'rejected',
  taskHash: 'abc123',
  tip,
  ...values,
});

describe('decisions', () => {
  it('are refs, one per text of a task', async () => {
    await writeDecision(repository, decide());
    await writeDecision(repository, decide({ taskHash: 'def456', verb: 'accepted' }));
    expect(await readDecisions(repository)).toEqual([
      decide({ taskHash: 'def456', verb: 'accepted' }),
      decide(),
    ]);
    expect(temp.git(['rev-parse', 'refs/nexus/decisions/add-login/rejected-abc123'])).toBe(tip);
  });

  it('replace the opposite one about the same text', async () => {
    await writeDecision(repository, decide({ verb: 'rejected' }));
    await writeDecision(repository, decide({ verb: 'accepted' }));
    expect(await readDecisions(repository)).toEqual([decide({ verb: 'accepted' })]);
  });

  it('keep what was said, verbatim, until it is decided anew', async () => {
    const message = 'Not like this:\n\u00e4 form has no \u0000';
    await writeDecision(repository, decide(), message);
    expect(await readDecisionMessage(repository, decide())).toBe(message);
    expect(await readDecisions(repository)).toEqual([decide()]);
    await writeDecision(repository, decide({ verb: 'accepted' }));
    expect(await readDecisionMessage(repository, decide())).toBeUndefined();
  });

  it('of one task are forgotten without touching those of others', async () => {
    await writeDecision(repository, decide(), 'why');
    await writeDecision(repository, decide({ taskHash: 'def456' }));
    await writeDecision(repository, decide({ task: 'add-login-2' }), 'stays');
    await clearDecisions(repository, 'add-login');
    expect(await readDecisions(repository)).toEqual([decide({ task: 'add-login-2' })]);
    expect(await readDecisionMessage(repository, decide())).toBeUndefined();
    expect(await readDecisionMessage(repository, decide({ task: 'add-login-2' }))).toBe('stays');
  });

  it('ignore refs that are none', async () => {
    await repository.writeRef('refs/nexus/decisions/add-login/maybe-abc', tip);
    await repository.writeRef('refs/nexus/decisions/add-login/x/accepted-abc', tip);
    expect(await readDecisions(repository)).toEqual([]);
  });
});

describe('history', () => {
  it('numbers what is put aside and keeps it out of the branches', async () => {
    const second = temp.commit('Second');
    expect(await keepInHistory(repository, 'add-login', tip)).toMatchObject({ number: 1, tip });
    expect(await keepInHistory(repository, 'add-login', second)).toEqual({
      number: 2,
      tip: second,
      ref: 'refs/nexus/history/add-login/2',
    });
    expect(await readHistory(repository, 'add-login')).toHaveLength(2);
    expect(temp.git(['branch', '--list'])).toBe('* main');
  });

  it('keeps a tip once', async () => {
    await keepInHistory(repository, 'add-login', tip);
    expect(await keepInHistory(repository, 'add-login', tip)).toMatchObject({ number: 1 });
    expect(await readHistory(repository, 'add-login')).toHaveLength(1);
  });

  it('counts on from the highest number, also past nine and over a gap', async () => {
    await repository.writeRef('refs/nexus/history/add-login/9', tip);
    await repository.writeRef('refs/nexus/history/add-login/11', tip);
    await repository.writeRef('refs/nexus/history/add-login/notes', tip);
    const next = temp.commit('Next');
    expect(await keepInHistory(repository, 'add-login', next)).toMatchObject({ number: 12 });
    expect((await readHistory(repository, 'add-login')).map((kept) => kept.number)).toEqual([9, 11, 12]);
  });

  it('never overwrites what somebody else put there meanwhile', async () => {
    const other = temp.commit('Other');
    const racing: Repository = {
      ...repository,
      writeRef: async (ref, to, expected) => {
        if (ref.endsWith('/1')) await repository.writeRef(ref, other);
        await repository.writeRef(ref, to, expected);
      },
    };
    expect(await keepInHistory(racing, 'add-login', tip)).toMatchObject({ number: 2, tip });
    expect((await readHistory(repository, 'add-login')).map((kept) => kept.tip)).toEqual([other, tip]);
  });

  it('says what stands in the way when a ref can’t be written', async () => {
    await expect(keepInHistory(repository, 'bad..name', tip)).rejects.toMatchObject({
      code: 'branch-name-invalid',
    });
    await repository.writeRef('refs/nexus/history/add-login/1/below', tip);
    await expect(keepInHistory(repository, 'add-login', tip)).rejects.toMatchObject({ code: 'branch-moved' });
  });
});
