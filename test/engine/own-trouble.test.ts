import { describe, expect, it } from 'vitest';
import { ownTroubleOf, pauseOf } from '../../src/engine/own-trouble.js';
import { EXIT, NexusError } from '../../src/errors.js';

const error = (code: string, remedy?: string): NexusError =>
  new NexusError({
    code,
    message: 'It failed.',
    exitCode: EXIT.repository,
    ...(remedy === undefined ? {} : { remedy }),
  });

describe('an error', () => {
  it.each([
    ['setup-required', 'setup-missing'],
    ['link-invalid', 'setup-missing'],
    ['limit-reached', 'limit-reached'],
    ['files-too-large', 'limit-reached'],
    ['branch-moved', 'branch-changed'],
    ['branch-changed', 'branch-changed'],
    ['base-rewritten', 'base-rewritten'],
  ])('%s ends its task as %s', (code, reason) => {
    expect(ownTroubleOf(error(code, 'Mend it.'))).toEqual({
      kind: 'needs-attention',
      reason,
      detail: 'It failed. Mend it.',
    });
    expect(ownTroubleOf(error(code))).toMatchObject({ detail: 'It failed.' });
  });

  it('of a branch that is checked out only pauses its task', () => {
    expect(ownTroubleOf(error('branch-checked-out'))).toBeUndefined();
    expect(pauseOf(error('branch-checked-out', 'Switch.'))).toBe('It failed. Switch.');
    expect(pauseOf(error('branch-moved'))).toBeUndefined();
  });

  it('of another kind ends the whole run', () => {
    expect(ownTroubleOf(error('identity-missing'))).toBeUndefined();
    expect(ownTroubleOf(new Error('limit-reached'))).toBeUndefined();
  });
});
