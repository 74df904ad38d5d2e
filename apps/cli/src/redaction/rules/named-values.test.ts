import { describe, expect, it } from '@jest/globals';
import { Redactor } from '../redactor.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
/** Made up, a word, so that only its name tells that it is secret. */
const WORD = ['sword', 'fish'].join('');
const MADE = `${WORD}9X`;
const MARK = '[redacted: named-secret]';

/** Each holds one secret, where `§` stands. */
const SETTINGS = [
  'DB_PASSWORD = §',
  'DB_PASSWORD := §',
  'DB_PASSWORD?=§',
  'DB_PASSWORD:=§',
  'DB_PASSWORD += §',
  '  admin_password = §',
  ';admin_password = §',
  'password = my § phrase',
  'db: { user: olga, password: §, port: 1 }',
  'password: &pw §',
  'password: !!str §',
  'password:\u00a0§9',
  '{"password":"§"}',
  '{"passwords":["§"]}',
  String.raw`"{\"m\":\"{\\\"l\\\":\\\"{\\\\\\\"password\\\\\\\":\\\\\\\"§\\\\\\\"}\\\"}\"}"`,
  '"Env":["A=b","DB_PASSWORD=ab,cd §","PATH=/x"]',
  '<password><![CDATA[§]]></password>',
  '<wsse:Password Type="x">§</wsse:Password>',
  '<property name="hibernate.connection.password">§</property>',
  '<string name="api_key">§9X</string>',
  'env[DB_PASSWORD] = §',
  'set -gx DB_PASSWORD §',
  'remote_password §',
  'auth_pass §',
  'password    §9X',
  '| password | §9X |',
  'SSHPASS=§ sshpass -e ssh web-1',
  'keytool -list -storepass § -keystore x',
  'Server=h;Uid=a;Password=my §;Encrypt=true',
  "CREATE LOGIN a WITH PASSWORD=N'§'",
  'redirect=https%3A%2F%2Fx%3Faccess_token%3D§9X',
  'REDIS_AUTH=§',
  'HTTP_AUTH=§',
  'JWT_KEY=§9X',
  'PHPSESSID=§9X',
  '++ DB_PASSWORD=§',
  '  502  export DB_PASSWORD=§',
  'sudo DB_PASSWORD=§',
  '[pod/web-1/app] DB_PASSWORD=§',
  '2026-11-23T10:00:00.000Z stdout F DB_PASSWORD=§',
  'Server=db;Pwd=my§Password;',
  '(host=db,password=§Secret)',
  'setenv DB_PASSWORD §',
  'SetEnv X_TOKEN §',
  'SetEnv DB_PASSWORD "§"',
  'var token string = "§"',
  'const password: &str = "§";',
  'System.setProperty("TOKEN","§")',
  'os.Setenv("DB_PASSWORD", "§")',
  'SONAR_LOGIN=§0123456789abcdef',
  'SNYK_KEY=§-1234-1234',
  'stringData:\n  a.txt: §',
] as const;

const NO_SECRETS = [
  'const token = await getToken();',
  'auth: authConfig(settings),',
  'MERCURE_PUBLISHER_JWT_KEY: publisherJwtKey,',
  '{ maxPendingPerUser: 200, maxPendingPerCredential: 100 }',
  "40 silly audit   'js-tokens': [ '4.0.0' ],",
  'password = other_password',
  'SMTP_AUTH=login',
  'PASS: test_of_something',
  'cookie->token->value',
  'token refreshed',
  'DB_PASSWORD=${DB_PASSWORD2}',
  'password: <your-password>',
  'initdb --auth-local peer --auth-host scram-sha-256',
  'kpasswd 464/tcp',
  '$PWD = $HOME',
  'if [[ $PWD = $HOME* ]]; then',
  'passwd=$(getent passwd "$user")',
  'PGPASSWORD=$(dd if=/dev/urandom count=1 | md5sum)',
  'passwd=$(cat /etc/passwd | grep root)',
  'ENTRY_TOKEN_SEARCH="$ENTRY_TOKEN_SEARCH $ID"',
  '# AUTH <password> as usually',
  "sed 's/x//' /etc/passwd > etc/passwd",
  'kind: "credential" | "user"',
  ' fuzz/rpc.in/C_GetTokenInfo_slot_two | Bin 0 -> 17 bytes',
  'private_key\t= $dir/private/cakey.pem# The private key',
  '    token = Name.Builtin',
  'if token == START_ELEMENT:',
  'SO_PASSSEC = 0x22',
  '    password=password,',
  'gnutls_session_get_master_secret: Added',
  'Handle the --passphrase-repeat option.',
  '  handshakeSecret *tls13.HandshakeSecret',
  'secret = # disable',
];

describe('a value under the name of a secret', () => {
  it.each(SETTINGS)('is found in %s', (line) => {
    const { text } = redactor.redact(`${line.replace('§', WORD)}\n`);
    expect(text).not.toContain(WORD);
    expect(text).toContain(MARK);
  });

  it.each(NO_SECRETS)('is none in %s', (line) => {
    expect(redactor.redact(`${line}\n`).text).toBe(`${line}\n`);
  });

  it('is all of `user:password` under the name of a login', () => {
    for (const line of [`BASIC_AUTH=olga:${WORD}`, `CREDS=olga:${WORD}`, `basic_auth: olga:${MADE}`])
      expect(redactor.redact(`${line}\n`).text).toBe(`${/^\w+(?:=|: )/.exec(line)?.[0] ?? ''}${MARK}\n`);
  });

  it.each([`<${MADE}>`, `(${MADE})`, `[${MADE}]`, `{${MADE}}`, `$(${MADE}`, `!${WORD}`])(
    'is one that is made to look like a placeholder: %s',
    (value) => {
      expect(redactor.redact(`DB_PASSWORD=${value}\n`).text).toBe(`DB_PASSWORD=${MARK}\n`);
    },
  );
});

it.each([
  'proxy_set_header X-Api-Key §;',
  'RequestHeader set X-Api-Key "§"',
  'rocommunity § 10.0.0.0/8',
  'snmp-server community § RO',
  'com2sec readonly default §',
  'snmpwalk -v2c -c § web-1',
  'https://olga:p§#q@web-1/x',
  'https://olga:a/§@web-1/x',
  'https://olga@example.com:§@web-1/',
  'rabbitmqctl add_user olga §',
  "SET PASSWORD FOR 'a'@'b' = '§';",
  'create user a identified by §;',
  '"Authorization":["Bearer §"]',
  'IDENTIFIED BY § DEFAULT TABLESPACE users',
  'curl -u :§ https://web-1/',
  'curl -u §9: https://web-1/',
  '  -u olga:§ \\',
  'zip -r -P § a.zip b',
  'unrar x -p§ a.rar',
  '10.0.0.1 : PSK "§"',
  '  private key: §01234567890123456789012345678901=',
])('a credential is found where it is used: %s', (line) => {
  expect(redactor.redact(`${line.replace('§', MADE)}\n`).text).not.toContain(WORD);
});

it('finds what a header gives, however short', () => {
  const user = Buffer.from('a:b').toString('base64');
  expect(redactor.redact(`Authorization: Basic ${user}\n`).text).toBe(
    'Authorization: Basic [redacted: authorization-header]\n',
  );
});

it.each([
  'The database is identified by NAME in the list',
  'The user is identified by email, and may',
  '  identified by its *.desktop file.',
  '  -u 1000:1000 \\',
  '  -u node:node \\',
  '  --user $(id -u):$(id -g) \\',
  'wpa: PSK enabled',
  'Authorization: Basic auth',
  'interface: wg0\n  public key: HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=\n  private key: (hidden)\n  listening port: 51820',
])('nothing is a credential in %j', (text) => {
  expect(redactor.redact(`${text}\n`).text).toBe(`${text}\n`);
});

it.each(['http://web-1:8080/a@b', 'see https://example.com:443/@types/node and mail olga@example.com'])(
  'a port is no password: %s',
  (line) => {
    expect(redactor.redact(`${line}\n`).text).toBe(`${line}\n`);
  },
);
