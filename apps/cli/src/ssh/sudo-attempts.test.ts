import { describe, expect, it } from '@jest/globals';
import { SudoAttempts } from './sudo-attempts.ts';

const account = (server: string, user = 'ops') => ({ server, user });
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const other = new Promise((resolve) => setImmediate(resolve, 'other'));
  return (await Promise.race([promise, other])) !== 'other';
};

describe('a password that is wanted at once on several servers', () => {
  it('is sent first to one, and to all others when it was accepted there', async () => {
    const attempts = new SudoAttempts();
    const first = await attempts.begin(account('web-1'), 'secret');
    const others = ['web-2', 'web-3'].map((server) => attempts.begin(account(server), 'secret'));
    expect(await settled(Promise.race(others))).toBe(false);
    first.ended('accepted');
    expect(await Promise.all(others)).toHaveLength(2);
  });

  it('is tried by one other when it is not known what became of it', async () => {
    const attempts = new SudoAttempts();
    const first = await attempts.begin(account('web-1'), 'secret');
    const [second, third] = ['web-2', 'web-3'].map((server) => attempts.begin(account(server), 'secret'));
    first.ended('unknown');
    await second;
    expect(await settled(third!)).toBe(false);
  });

  it('is sent nowhere any more when it was refused, and another one, or that of another user, is', async () => {
    const attempts = new SudoAttempts();
    const first = await attempts.begin(account('web-1'), 'secret');
    const other = attempts.begin(account('web-2'), 'secret');
    first.ended('refused');
    await expect(other).rejects.toMatchObject({ code: 'sudo_refused', message: expect.stringContaining('web-2') });
    await expect(attempts.begin(account('web-1'), 'secret')).rejects.toMatchObject({ code: 'sudo_refused' });
    expect(await attempts.begin(account('web-1'), 'another')).toMatchObject({ password: 'another' });
    expect(await attempts.begin(account('web-1', 'root'), 'secret')).toMatchObject({ password: 'secret' });
  });
});
