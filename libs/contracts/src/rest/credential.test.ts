import { describe, expect, it } from '@jest/globals';
import { changeCredentialSchema, networkSchema, newCredentialSchema, newOwnCredentialSchema } from './credential.ts';

describe('a network', () => {
  it.each(['192.0.2.0/24', '192.0.2.7', '0.0.0.0/0', '2001:db8::/32', '2001:db8::1', '::/0', '::ffff:192.0.2.0/120'])(
    'may be %s',
    (text) => expect(networkSchema.parse(text)).toBe(text),
  );

  it.each([
    '',
    'example.com',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/',
    '192.0.2/24',
    '192.0.2.0/24 ',
    '192.0.2.256',
    '0192.0.2.1',
    '2001:db8::/129',
    '2001:db8:::1',
    'fe80::1%eth0',
    'fe80::%eth0/64',
    '[2001:db8::1]',
    '192.0.2.0/24,192.0.3.0/24',
  ])('may not be %j', (text) => {
    expect(networkSchema.safeParse(text).success).toBe(false);
  });
});

describe('a credential to be', () => {
  const wanted = { label: 'ci-bot', scopes: ['mcp:tools'] };

  it('is without limits unless it names some', () => {
    const limits = { tools: null, servers: null, rules: null, commands: null, addresses: null, expires_at: null };
    expect(newCredentialSchema.parse(wanted)).toEqual({ ...wanted, ...limits });
    expect(newOwnCredentialSchema.parse({ label: 'ci-bot' })).toEqual({ ...wanted, ...limits });
  });

  it('is called without the spaces around its label', () => {
    expect(newOwnCredentialSchema.parse({ label: ' ci-bot ' }).label).toBe('ci-bot');
  });

  it.each(['admin', 'credentials'])('of a user does not have the scope %s, and of an admin may', (scope) => {
    expect(newOwnCredentialSchema.safeParse({ ...wanted, scopes: [scope] }).success).toBe(false);
    expect(newCredentialSchema.safeParse({ ...wanted, scopes: [scope] }).success).toBe(true);
  });

  it.each([
    { label: '' },
    { label: ' ' },
    { label: 'a\u202eb' },
    { label: 'a\u2028b' },
    { addresses: [] },
    { expires_at: '2020-01-01T00:00:00Z' },
    { commands: [] },
    { secret: 'x' },
  ])('does not have %j', (given) => {
    expect(newCredentialSchema.safeParse({ ...wanted, ...given }).success).toBe(false);
  });
});

describe('a change of a credential', () => {
  it('names what changes, and nothing more is filled in', () => {
    expect(changeCredentialSchema.parse({ tools: null })).toEqual({ tools: null });
  });

  it.each([{}, { scopes: ['admin'] }, { token: 'x' }, { revoked_at: null }])('is not %j', (change) => {
    expect(changeCredentialSchema.safeParse(change).success).toBe(false);
  });
});
