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

  const R = REDACTED;

  it.each([
    ['password: hunter2', `password: ${R}`],
    ['password = hunter2', `password = ${R}`],
    ['password="my secret phrase" run', `password="${R}" run`],
    [String.raw`password="a \" b c" run`, `password="${R}" run`],
    ["password='my secret phrase' run", `password='${R}' run`],
    [`curl -d '{"password": "hunter2", "user": "olga"}' x`, `curl -d '{"password": "${R}", "user": "olga"}' x`],
    [String.raw`curl -d "{\"password\": \"hunter2\"}" x`, String.raw`curl -d "{\"password\": \"${R}\"}" x`],
    [`curl -d 'password=hunter2' x`, `curl -d 'password=${R}' x`],
    ['X-Api-Key: abcdef123', `X-Api-Key: ${R}`],
    ['DJANGO_SECRET_KEY=hunter2 run', `DJANGO_SECRET_KEY=${R} run`],
    [`curl -H 'Authorization: Token abc' x`, `curl -H 'Authorization: ${R}' x`],
    [`curl -H "Cookie: sid=abc; b=c" x`, `curl -H "Cookie: ${R}" x`],
    ['<password>hunter2', `<password>${R}`],
    [`ALTER USER u PASSWORD 'hunter2'`, `ALTER USER u PASSWORD '${R}'`],
    ['redis-cli CONFIG SET requirepass hunter2', `redis-cli CONFIG SET requirepass ${R}`],
    ['openssl rsa -passin pass:hunter2', `openssl rsa -passin pass:${R}`],
    ['Server=db;Uid=sa;Pwd=hunter2;', `Server=db;Uid=sa;Pwd=${R};`],
    ['mysql -phunter2 db', `mysql -p${R} db`],
    [`mysqldump -u root -p'hunter 2' db`, `mysqldump -u root -p'${R}' db`],
    ['sshpass -p hunter2 ssh x', `sshpass -p ${R} ssh x`],
    ['docker login -u x -p hunter2 r.example', `docker login -u x -p ${R} r.example`],
    ['redis-cli -h r -a hunter2 ping', `redis-cli -h r -a ${R} ping`],
    ['ldapsearch -D cn=x -w hunter2', `ldapsearch -D cn=x -w ${R}`],
    ['curl -u admin:hunter2 x', `curl -u admin:${R} x`],
    ['curl -su "admin:hunter 2" x', `curl -su "admin:${R}" x`],
    ['curl --user=admin:hunter2 x', `curl --user=admin:${R} x`],
    ['redis-cli -u redis://:hunter2@h/0', `redis-cli -u redis://:${R}@h/0`],
    ['echo root:hunter2 | chpasswd', `echo root:${R} | chpasswd`],
  ])('takes out no more and no less of %s', (command, clean) => {
    expect(redact({ command, server: 'web-1' })).toEqual({ command: clean, server: 'web-1' });
  });

  it.each([
    'mysql -p db',
    'docker run -u 1000:1000 -p 80:80 nginx',
    'kubectl get secret -n web',
    'ssh -p 2222 web-1',
    'journalctl -u nginx:1',
    '12 tests passed: none failed',
    'passwd --status olga',
  ])('leaves alone %s', (command) => {
    expect(redact({ command })).toEqual({ command });
  });

  it('takes out all that stands under a name that says so, and what another member names', () => {
    expect(redact({ passwords: ['a'], token: { value: 'b' }, has_token: true })).toEqual({
      passwords: R,
      token: R,
      has_token: true,
    });
    expect(
      redact([
        { name: 'DB_PASSWORD', value: 'a' },
        { Key: 'x-api-key', Value: ['a'] },
        { name: 'A', value: 'b' },
      ]),
    ).toEqual([
      { name: 'DB_PASSWORD', value: R },
      { Key: 'x-api-key', Value: R },
      { name: 'A', value: 'b' },
    ]);
    expect(redact(['run', '--db-password', 'hunter2', '-u', 'x'])).toEqual(['run', '--db-password', R, '-u', 'x']);
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
    const evils = ['password=', 'token ', 'bearer ', '=', '"', 'a'.repeat(10), 'postgres://u:', 'token-', 'pass', 'x:'];
    for (const evil of [
      ...evils,
      'password="',
      'token \\',
      'mysql ',
      'curl -u a',
      'cookie:',
      '://a:',
      'pass  ',
      'login -',
    ]) {
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
