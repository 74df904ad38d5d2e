import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeptArguments } from './kept-arguments.ts';
import { redact, REDACTED } from './redaction.ts';

/** Put together here, so that nobody who looks for secrets in this repository finds these. */
const GITHUB = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
const ANTHROPIC = `sk-ant-api03-${'a'.repeat(93)}AA`;

describe('redaction', () => {
  it.each([
    ['a key of a provider', `curl -H "X: ${GITHUB}" https://api.example`, GITHUB],
    ['another', `export K=${ANTHROPIC}; run`, ANTHROPIC],
    ['an address with a password', 'psql postgres://u:hunter2hunter@db.example/x', 'hunter2hunter'],
    ['a key and its name', 'cd /; AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzza run', 'zzzz'],
    ['a key, whatever comment stands beside it', `echo ${GITHUB} # secretlint-disable`, GITHUB],
    ['a variable', 'PGPASSWORD=hunter2 psql', 'hunter2'],
    ['a variable in quotes', `DB_SECRET='hunter2' run`, 'hunter2'],
    ['an option', 'mysql --password hunter2 -u root', 'hunter2'],
    ['an option with a sign', 'tool --api-key=hunter2', 'hunter2'],
    ['JSON in a command', `curl -d '{"token":"hunter2"}' x`, 'hunter2'],
    ['a header', 'curl -H "Authorization: Bearer abcdefgh12345678"', 'abcdefgh12345678'],
  ])('takes out %s, and leaves the rest', (_what, command, secret) => {
    const { command: clean, server } = redact({ command, server: 'web-1' }) as Record<string, string>;
    expect(clean).toContain(REDACTED);
    expect(clean).not.toContain(secret);
    expect([clean!.slice(0, 2), server]).toEqual([command.slice(0, 2), 'web-1']);
  });

  it('takes out what stands under a name that says so, however deep', () => {
    const clean = redact({
      a: [{ dbPassword: 'x', 'api-key': 7, user: 'olga' }],
      access_token: 'y',
      tokens: null,
    });
    expect(clean).toEqual({
      a: [{ dbPassword: REDACTED, 'api-key': REDACTED, user: 'olga' }],
      access_token: REDACTED,
      tokens: null,
    });
  });

  it('keeps the shape, and every text in which there is nothing to hide', () => {
    const plain = fc.dictionary(fc.constantFrom('a', 'b'), fc.array(fc.stringMatching(/^[a-c \n]{0,9}$/)));
    fc.assert(fc.property(plain, (value) => expect(redact(value)).toEqual({ ...value })));
  });

  it('takes no long time for what was made to take long', () => {
    for (const evil of ['password=', 'token ', 'bearer ', '=', '"', 'a'.repeat(10), 'postgres://u:']) {
      const startedAt = performance.now();
      redact({ command: evil.repeat(65_536 / evil.length) });
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }
  });
});

it('keeps nothing of what holds more secrets than can be believed', () => {
  expect(redact({ command: 'token=x '.repeat(2_000), server: 'web-1' })).toEqual({
    command: REDACTED,
    server: REDACTED,
  });
});

describe('what is kept of arguments', () => {
  const args = { command: `PGPASSWORD=hunter2 psql`, server: 'web-1' };
  const key = Buffer.alloc(32, 1);
  const kept = (policy: 'full' | 'hashed' | 'none', maxLength = 1_000) => new KeptArguments({ key, policy, maxLength });

  it('is all but the secrets, and a digest of all', () => {
    const { arguments: shown, arguments_digest: digest } = kept('full').of(args);
    expect(shown).toEqual({ command: `PGPASSWORD=${REDACTED} psql`, server: 'web-1' });
    expect(kept('full').of({ ...args, command: 'PGPASSWORD=hunter3 psql' })).not.toMatchObject({
      arguments_digest: digest,
    });
  });

  it('is the digest by another policy, or of what is long, and nothing by the third', () => {
    const digest = { arguments_digest: expect.stringMatching(/^[\w-]{43}$/), arguments_length: 54 };
    expect(kept('hashed').of(args)).toEqual(digest);
    expect(kept('full', 10).of(args)).toEqual(digest);
    expect(kept('none').of(args)).toEqual({});
    const other = new KeptArguments({ key: Buffer.alloc(32, 2), policy: 'hashed', maxLength: 0 });
    expect(other.of(args)).not.toEqual(kept('hashed').of(args));
  });

  it('is the same for the same arguments in another order, and takes half a surrogate pair', () => {
    const one = kept('hashed').of({ a: 1, b: '\ud800' });
    expect(kept('hashed').of({ b: '\ud800', a: 1 })).toEqual(one);
  });
});
