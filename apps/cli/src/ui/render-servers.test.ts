import { describe, expect, it } from '@jest/globals';
import { renderServerTests, serverTestsJson } from './render-servers.ts';

const fine = { name: 'web-1', connectMs: 12.34, execMs: 4.5, error: null, legacy: [] };
const weak = { ...fine, name: 'old-1', legacy: ['ssh-rsa', 'aes128-cbc'] };

describe('tests of servers', () => {
  it('name the algorithms that a configuration allows although they are safe no more, and only those', () => {
    const text = renderServerTests([fine, weak]);
    expect(text).toContain(
      'old-1: the SSH configuration allows algorithms that are considered safe no more: ssh-rsa, aes128-cbc.',
    );
    expect(text).not.toContain('web-1: ');
    expect(serverTestsJson([fine, weak])).toMatchObject({
      servers: [
        { ok: true, legacy_algorithms: [] },
        { ok: true, legacy_algorithms: ['ssh-rsa', 'aes128-cbc'] },
      ],
    });
  });
});
