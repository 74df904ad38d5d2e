import { describe, expect, it } from '@jest/globals';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';
import { heldSftp } from './held-sftp.ts';

/** What is asked of the policy, and what is done, each as it comes. */
function watched() {
  const checked: string[] = [];
  const done: unknown[][] = [];
  const sftp = new Proxy({} as Sftp, {
    get:
      (_sftp, operation) =>
      async (...given: unknown[]) =>
        void done.push([operation, ...given]),
  });
  return { checked, done, held: heldSftp(sftp, ({ text }) => void checked.push(text.replaceAll("'", ''))) };
}

describe('modes by SFTP', () => {
  it.each<[string, (sftp: Sftp) => Promise<unknown>, string[]]>([
    ['a file', (sftp) => sftp.open('/srv/a', 'create', 0o4755), [': > /srv/a', 'chmod 4755 -- /srv/a']],
    ['a file to be written', (sftp) => sftp.open('/srv/a', 'write', 0o640), [': > /srv/a', 'chmod 640 -- /srv/a']],
    ['a folder', (sftp) => sftp.makeFolder('/srv/a', 0o7777), ['mkdir -- /srv/a', 'chmod 7777 -- /srv/a']],
    ['what is there', (sftp) => sftp.setMode('/srv/a', 0o4755), ['chmod 4755 -- /srv/a']],
  ])('of %s are held to what chmod would do', async (_what, act, commands) => {
    const { checked, done, held } = watched();
    await act(held);
    expect([checked, done.length]).toEqual([commands, 1]);
  });

  it('that nobody has given need no chmod', async () => {
    const { checked, held } = watched();
    await held.open('/srv/a', 'create');
    await held.makeFolder('/srv/b');
    expect(checked).toEqual([': > /srv/a', 'mkdir -- /srv/b']);
  });

  it.each([0o104755, 0o10000, -1, 420.5, Number.NaN, '4755' as unknown as number, null as unknown as number])(
    'that are none, such as %p, are refused',
    async (mode) => {
      const { done, held } = watched();
      const tried = [
        () => held.setMode('/srv/a', mode),
        () => held.open('/srv/a', 'create', mode),
        () => held.makeFolder('/srv/a', mode),
      ];
      for (const act of tried) await expect(act()).rejects.toMatchObject({ code: 'tool_failed' });
      expect(done).toEqual([]);
    },
  );
});
