import { createHash } from 'node:crypto';

/** Numbers that are the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PATHS = [
  '/',
  '/api/v1/items',
  '/login',
  '/assets/app.3f9a1c7e.js',
  '/healthz',
  '/api/tokens/refresh',
  '/password/reset',
  '/wp-login.php',
  '/oauth/authorize',
  '/api/v2/secrets/list',
];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36 en-US',
  'curl/8.11.1',
  'kube-probe/1.31',
  'Prometheus/3.0.0',
];
const PACKAGES = [
  'react',
  '@types/node',
  'lodash.debounce',
  '@babel/core',
  'jsonwebtoken',
  'passport-local',
  'token-types',
  'keyv',
  'cookie-parser',
  'express-session',
];
const CLASSES = [
  'com.example.auth.TokenService',
  'org.springframework.security.web.FilterChainProxy',
  'org.hibernate.engine.jdbc.spi.SqlExceptionHelper',
  'com.example.web.PasswordResetController',
  'java.util.concurrent.ThreadPoolExecutor',
];
const WORDS = 'fix add remove update token password secret key handling for the of rotation in login parser test docs cache session api credentials expired reset'.split(' '); // prettier-ignore

export const LINES_OF_A_CHUNK = 256;

/** Lines as services, systems and tools write them on an ordinary day, without any secret: the same for the same seed. */
export class OrdinaryLogs {
  readonly #random: () => number;
  #at = Date.UTC(2026, 10, 23);

  constructor(seed: number) {
    this.#random = numbers(seed);
  }

  /** About so many bytes, in whole lines. */
  *chunks(bytes: number): Generator<Buffer> {
    for (let made = 0; made < bytes;) {
      const lines = Array.from({ length: LINES_OF_A_CHUNK }, () => this.#line());
      const chunk = Buffer.from(`${lines.join('\n')}\n`);
      made += chunk.length;
      yield chunk;
    }
  }

  #line(): string {
    this.#at += this.#number(900);
    return this.#one(this.#kinds)();
  }

  readonly #kinds: readonly (() => string)[] = [
    () => `${this.#ip()} - - [23/Nov/2026:${this.#time()} +0000] "GET ${this.#one(PATHS)}?page=${this.#number(90)}&id=${this.#uuid()} HTTP/1.1" ${this.#one(['200', '304', '401', '404'])} ${this.#number(90_000)} "https://www.example.com${this.#one(PATHS)}" "${this.#one(AGENTS)}"`,
    () => `${this.#iso()} [error] ${this.#number(9_999)}#0: *${this.#number(99_999)} upstream timed out (110: Connection timed out) while reading response header from upstream, client: ${this.#ip()}, server: www.example.com, request: "POST ${this.#one(PATHS)} HTTP/2.0", upstream: "http://${this.#ip()}:8080${this.#one(PATHS)}"`,
    () => `Nov 23 ${this.#time()} web-${this.#number(20)} sshd[${this.#number(99_999)}]: ${this.#one(['Failed password for invalid user admin from', 'Accepted publickey for deploy from', 'Connection closed by authenticating user root'])} ${this.#ip()} port ${this.#number(65_535)} ssh2: RSA SHA256:${this.#hash('base64').slice(0, 43)}`,
    () => `Nov 23 ${this.#time()} db-1 sudo: pam_unix(sudo:auth): authentication failure; logname=deploy uid=1000 euid=0 tty=/dev/pts/${this.#number(9)} ruser=deploy rhost=  user=deploy`,
    () => `Nov 23 ${this.#time()} web-1 systemd[1]: ${this.#one(['Started', 'Stopped', 'Reloading'])} session-${this.#number(999)}.scope - Session ${this.#number(999)} of User deploy.`,
    () => `Nov 23 ${this.#time()} web-1 systemd-ask-password[${this.#number(9_999)}]: Dispatch Password Requests to Console Directory Watch was skipped because of an unmet condition check (ConditionPathExists=!/run/plymouth/pid).`,
    () => `${this.#iso()} [${this.#number(9_999)}] ${this.#one(['LOG:  duration: 12.412 ms  statement: SELECT token_id, expires_at FROM sessions WHERE user_id = $1', 'FATAL:  password authentication failed for user "web"', 'DETAIL:  Connection matched pg_hba.conf line 95: "host all all 10.0.0.0/8 scram-sha-256"', 'ERROR:  duplicate key value violates unique constraint "api_keys_pkey"', 'DETAIL:  Key (id)=(4711) already exists.'])}`,
    () => `${this.#iso()} ${this.#one(['INFO', 'WARN', 'ERROR'])} ${this.#number(9_999)} --- [nio-8080-exec-${this.#number(9)}] ${this.#one(CLASSES)} : ${this.#one(['Token expired, requesting a new one', 'Password policy: minimum length 12', 'secret rotation finished in 12 ms', 'No credentials provided for request', 'Invalid token: signature mismatch', 'using password: YES'])}`,
    () => `\tat ${this.#one(CLASSES)}.${this.#one(['getToken', 'lambda$validatePassword$0', 'doFilter', 'invoke'])}(${this.#one(['TokenService', 'FilterChainProxy'])}.java:${this.#number(999)}) ~[app-1.4.${this.#number(99)}.jar!/:?]`,
    () => `${this.#iso()} I1123 ${this.#time()}.${this.#number(999_999)}       1 event.go:377] Event occurred object="web/web-${this.#hex(9)}-${this.#hex(5)}" kind="Pod" reason="Pulled" message="Container image \\"registry.example/web@sha256:${this.#hex(64)}\\" already present on machine"`,
    () => `web   web-${this.#hex(9)}-${this.#hex(5)}   1/1   Running   ${this.#number(9)} (${this.#number(59)}m ago)   ${this.#number(99)}d   ${this.#ip()}   node-${this.#number(9)}   <none>`,
    () => `default-token-${this.#hex(5)}   kubernetes.io/service-account-token   3      ${this.#number(99)}d`,
    () => `commit ${this.#hex(40)}`,
    () => `${this.#hex(8)} ${this.#words()}`,
    () => `index ${this.#hex(7)}..${this.#hex(7)} 100644 src/${this.#one(['token', 'password', 'secret-store', 'api-key'])}.ts`,
    () => `${this.#hex(64)}  ./releases/app-${this.#number(9)}.${this.#number(99)}.tar.gz`,
    () => `${this.#hex(32)} *web-${this.#number(99)}.iso`,
    () => `Digest: sha256:${this.#hex(64)}`,
    () => ` ---> ${this.#hex(12)}`,
    () => `#${this.#number(20)} sha256:${this.#hex(64)} ${this.#number(90)}.2MB / 98.1MB ${this.#number(60)}.3s`,
    () => `npm warn deprecated ${this.#one(PACKAGES)}@${this.#number(9)}.${this.#number(20)}.${this.#number(9)}: This version is no longer supported. See https://www.npmjs.com/support`,
    () => `      "resolved": "https://registry.example/${this.#one(PACKAGES)}/-/x-${this.#number(9)}.0.0.tgz",`,
    () => `      "integrity": "sha512-${this.#hash('base64')}"`,
    () => `npm http fetch GET 200 https://registry.example/${this.#one(PACKAGES)} ${this.#number(900)}ms (cache revalidated)`,
    () => `<img alt="" src="data:image/png;base64,iVBORw0KGgo${this.#hash('base64').slice(0, 84)}${this.#hash('base64').slice(0, 84)}${this.#hash('base64')}">`,
    () => `{"level":"info","ts":"${this.#iso()}","caller":"auth/token.go:${this.#number(400)}","msg":"token refreshed","user_id":"${this.#uuid()}","token_type":"bearer","expires_in":3600,"trace_id":"${this.#hex(32)}","span_id":"${this.#hex(16)}"}`,
    () => `level=info ts=${this.#iso()} component=session max_tokens=${this.#number(9_999)} token_count=${this.#number(9_999)} key=user:${this.#number(9_999)} cache_key=items:${this.#hex(8)} request_id=${this.#uuid()} duration=${this.#number(99)}ms`,
    () => `time="${this.#iso()}" level=warning msg="${this.#one(['secret not found', 'password is not set', 'no auth token given', 'token=<redacted>', 'password=****', 'api_key: null'])}" module=vault`,
    () => `drwxr-xr-x ${this.#number(9)} root root ${this.#number(9_999)} Nov 23 ${this.#time().slice(0, 5)} ${this.#one(['secrets', 'private_keys', 'tokens.db', 'password-store', '.aws', 'id_rsa.pub'])}`,
    () => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${this.#hash('base64').slice(0, 43)} deploy@web-${this.#number(9)}`,
    () => `/dev/sda${this.#number(9)}  ${this.#uuid()}  ext4  rw,relatime  0 ${this.#number(2)}`,
    () => `[${this.#number(99_999)}.${this.#number(999_999)}] audit: type=1400 audit(${this.#number(1e9)}.${this.#number(999)}:${this.#number(99)}): apparmor="DENIED" operation="open" profile="/usr/sbin/mysqld" name="/etc/ssl/private/" pid=${this.#number(9_999)} comm="mysqld"`,
    () => `root       ${this.#number(9_999)}  0.0  0.1 ${this.#number(99_999)} ${this.#number(9_999)} ?  Ss  ${this.#time().slice(0, 5)}  0:00 /usr/bin/${this.#one(['gpg-agent --supervised', 'ssh-agent -D', 'dockerd --host=fd:// --containerd=/run/containerd/containerd.sock', 'vault agent -config=/etc/vault/agent.hcl', 'node /srv/web/dist/main.js --token-file /run/secrets/web-token', 'mysqld --port=3306 --secure-file-priv=/var/lib/mysql-files'])}`,
    () => this.#one(['Selecting previously unselected package libsecret-1-0:amd64.', 'PWD=/root', 'OLDPWD=/app', '      id-token: write', 'docker login -p 8080', 'PASSWORD=$db_password', `GET /key-${this.#hex(32)}.png`]),
    () => `PASS src/${this.#one(['token', 'password', 'session'])}.test.ts (${this.#number(9)}.${this.#number(999)} s)`,
    () => `  ${this.#one(['password', 'token', 'secret'])}: ${this.#one(['string', 'required', 'null', 'true', '${DB_PASSWORD}', '{{ .Values.token }}', '!vault'])}`,
    () => `const ${this.#one(['token', 'password', 'apiKey'])} = ${this.#one(['await getToken()', 'process.env.API_KEY', 'config.get("password")', 'request.headers.authorization'])};`,
    () => `${this.#time()}.${this.#number(999_999)} IP ${this.#ip()}.${this.#number(65_535)} > ${this.#ip()}.5432: Flags [P.], seq ${this.#number(1e9)}:${this.#number(1e9)}, ack ${this.#number(1e9)}, win 501, length ${this.#number(1_400)}`,
    () => `link/ether ${Array.from({ length: 6 }, () => this.#hex(2)).join(':')} brd ff:ff:ff:ff:ff:ff`,
  ]; // prettier-ignore

  #number(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #one<Value>(values: readonly Value[]): Value {
    return values[this.#number(values.length)] as Value;
  }

  #hex(length: number): string {
    let hex = '';
    while (hex.length < length) hex += this.#number(0x1_0000_0000).toString(16).padStart(8, '0');
    return hex.slice(0, length);
  }

  #hash(encoding: 'base64'): string {
    return createHash('sha512').update(this.#hex(16)).digest(encoding);
  }

  #uuid(): string {
    return `${this.#hex(8)}-${this.#hex(4)}-4${this.#hex(3)}-a${this.#hex(3)}-${this.#hex(12)}`;
  }

  #ip(): string {
    return `10.${this.#number(255)}.${this.#number(255)}.${this.#number(255)}`;
  }

  #iso(): string {
    return new Date(this.#at).toISOString();
  }

  #time(): string {
    return this.#iso().slice(11, 19);
  }

  #words(): string {
    return Array.from({ length: 3 + this.#number(6) }, () => this.#one(WORDS)).join(' ');
  }
}
