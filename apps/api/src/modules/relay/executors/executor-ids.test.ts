import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { executorIdSchema, registerExecutorSchema } from '@servonaut/contracts';
import { anExecutorToRegister } from '@servonaut/testkit';
import { v4, v5, version } from 'uuid';
import { ExecutorIds } from './executor-ids.ts';

const key = randomBytes(32);
const ids = new ExecutorIds(key);
const bare = { userId: '42', credentialId: 'cred-e1', secretHash: null };
const withSecret = { ...bare, secretHash: 'its hash' };

describe('the id of an executor', () => {
  it('is a UUID of version 8, another one each time', () => {
    const [one, other] = [ids.issue(bare), ids.issue(bare)];
    expect([version(one), version(other), one === other]).toEqual([8, 8, false]);
    expect(executorIdSchema.safeParse(one).success).toBe(true);
    expect(registerExecutorSchema.safeParse(anExecutorToRegister({ executor_id: one })).success).toBe(true);
  });

  it('is known at every coordinator of the same master secret, and at no other', () => {
    const id = ids.issue(bare);
    expect(new ExecutorIds(key).isOf(id, bare)).toBe(true);
    expect(new ExecutorIds(randomBytes(32)).isOf(id, bare)).toBe(false);
  });

  it('belongs to the secret of the executor, with whatever credential of its user', () => {
    const id = ids.issue(withSecret);
    expect(ids.isOf(id, { ...withSecret, credentialId: 'cred-e2' })).toBe(true);
    expect(ids.isOf(id, { ...withSecret, userId: '43' })).toBe(false);
    expect(ids.isOf(id, { ...withSecret, secretHash: 'another hash' })).toBe(false);
    expect(ids.isOf(id, bare)).toBe(false);
  });

  it('belongs to the credential of an executor that has no secret', () => {
    const id = ids.issue(bare);
    expect(ids.isOf(id, { ...bare, credentialId: 'cred-e2' })).toBe(false);
    expect(ids.isOf(id, { ...bare, userId: '43' })).toBe(false);
    expect(ids.isOf(id, withSecret)).toBe(false);
  });

  it.each([
    ['a random one', v4()],
    ['one of an executor that does not register', v5('42 cred-e1 laptop', v4())],
    ['one with a bit changed', ids.issue(bare).replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['no UUID', 'laptop'],
  ])('is not %s', (_, id) => {
    expect(ids.isOf(id, bare)).toBe(false);
  });
});
