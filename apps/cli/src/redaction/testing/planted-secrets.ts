import { createHash } from 'node:crypto';

/** A secret, and a line or lines that it stands in. */
export interface PlantedSecret {
  readonly kind: string;
  readonly text: string;
  /** None of these may be left. */
  readonly secrets: readonly string[];
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const HEX = '0123456789abcdef';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Made up, always the same, and written nowhere: whoever looks for secrets in this repository finds none. */
function made(seed: string, length: number, alphabet = ALPHANUMERIC): string {
  const digits: string[] = [];
  for (let block = 0; digits.length < length; block++)
    for (const byte of createHash('sha512').update(`${seed}/${block}`).digest())
      digits.push(alphabet[byte % alphabet.length] ?? '');
  return digits.slice(0, length).join('');
}

function plant(kind: string, secret: string, around: (secret: string) => string = (alone) => alone): PlantedSecret {
  return { kind, text: around(secret), secrets: [secret] };
}

/** A text in the form of PEM, its label apart so that no scanner takes this file for a key. */
function pem(label: string, body: readonly string[], dashes = '-----'): string {
  return [`${dashes}BEGIN ${label}${dashes}`, ...body, `${dashes}END ${label}${dashes}`].join('\n');
}

const KEY = ['PRIVATE', 'KEY'].join(' ');
const BODY = Array.from({ length: 6 }, (_, line) => made(`body ${line}`, 64));
const SHORT_END = 'Qx9=';

function key(kind: string, text: string, secrets: readonly string[] = BODY): PlantedSecret {
  return { kind, text, secrets };
}

const jwt = [`eyJhbGciOiJIUzI1NiJ9`, `eyJ${made('claims', 60)}`, made('signature', 43)].join('.');
const AWS_ID = `AKIA${made('aws id', 16, BASE32)}`;
const AWS_SECRET = made('aws secret', 40, `${ALPHANUMERIC}/+`);
const word = made('password', 14);

/** Of every kind that is known, in the forms in which they turn up. */
export const PLANTED_SECRETS: readonly PlantedSecret[] = [
  plant('aws-access-key-id', AWS_ID, (secret) => `aws_access_key_id = ${secret}`),
  plant('aws-secret-access-key', AWS_SECRET, (secret) => `aws_secret_access_key = ${secret}`),
  plant('aws-secret-access-key', AWS_SECRET, (secret) => `AWS_SECRET_ACCESS_KEY=${secret}`),
  plant('aws-secret-access-key', AWS_SECRET, (secret) => `  "SecretAccessKey": "${secret}",`),
  plant('aws-secret-access-key', AWS_SECRET, (secret) => `olga,${AWS_ID},${secret}`),
  plant('aws-session-token', made('session', 300), (secret) => `export AWS_SESSION_TOKEN="${secret}=="`),
  plant('google-api-key', `AIza${made('google', 35)}`, (secret) => `https://maps.example/api?key=${secret}&v=3`),
  plant('google-oauth-token', `ya29.${made('oauth', 120)}`),
  plant('google-oauth-client-secret', `GOCSPX-${made('client', 28)}`, (secret) => `{"id": 7, "client": "${secret}"}`),
  plant('azure-storage-key', `${made('azure', 86)}==`, (secret) => `DefaultEndpointsProtocol=https;AccountName=web;AccountKey=${secret};EndpointSuffix=core.windows.net`),
  plant('azure-sas-signature', made('sas', 43), (secret) => `https://web.blob.core.windows.net/c?sv=2024-11-04&se=2027&sig=${secret}%3D`),
  plant('azure-client-secret', `${made('entra', 3)}8Q~${made('entra id', 34)}`),
  plant('azure-devops-token', `${made('devops', 76)}AZDO${made('ops', 4)}`),
  plant('alibaba-access-key-id', `LTAI${made('ali', 20)}`),
  plant('digitalocean-token', `dop_v1_${made('do', 64, HEX)}`),
  plant('hetzner-token', made('hetzner', 64), (secret) => `HCLOUD_TOKEN=${secret}`),
  plant('cloudflare-token', made('cloudflare', 40), (secret) => `CLOUDFLARE_API_TOKEN=${secret}`),
  plant('cloudflare-origin-ca-key', `v1.0-${made('ca', 24, HEX)}-${made('origin', 146, HEX)}`),
  plant('heroku-api-key', `HRKU-${made('heroku', 60)}`),
  plant('hashicorp-vault-token', `hvs.${made('vault', 90)}`),
  plant('terraform-cloud-token', `${made('tf', 14)}.atlasv1.${made('terraform', 67)}`),
  plant('pulumi-token', `pul-${made('pulumi', 40, HEX)}`),
  plant('fly-token', `fm2_${made('fly', 100)}`),
  plant('netlify-token', `nfp_${made('netlify', 40)}`),
  plant('supabase-token', `sbp_${made('supabase', 40, HEX)}`),
  plant('planetscale-token', `pscale_tkn_${made('planet', 43)}`),
  plant('databricks-token', `dapi${made('bricks', 32, HEX)}`),
  plant('tailscale-key', `tskey-auth-${made('tail', 17)}-${made('scale', 32)}`),
  plant('wireguard-key', `${made('wireguard', 43)}=`, (secret) => `[Interface]\nPrivateKey = ${secret}\nListenPort = 51820`),
  plant('age-secret-key', `AGE-SECRET-KEY-1${made('age', 58, BASE32)}`),
  plant('kubernetes-client-key', made('kube', 400), (secret) => `users:\n- name: admin\n  user:\n    client-key-data: ${secret}\n`),
  plant('docker-swarm-token', `SWMTKN-1-${made('swarm', 50, 'abcdefghijkmnpqrstuvwxyz0123456789')}-${made('join', 25, 'abcdefghijkmnpqrstuvwxyz0123456789')}`),
  plant('kubeadm-token', `${made('adm', 6, HEX)}.${made('kubeadm', 16, HEX)}`, (secret) => `kubeadm join 10.0.0.1:6443 --token ${secret} --discovery-token-ca-cert-hash x`),
  plant('github-token', `ghp_${made('github', 36)}`, (secret) => `remote: token ${secret} was used`),
  plant('github-token', `github_pat_${made('pat', 82)}`, (secret) => `{"text":"first\\n${secret}\\nlast"}`),
  plant('gitlab-token', `glpat-${made('gitlab', 20)}`),
  plant('atlassian-token', `ATATT3xFf${made('atlassian', 180)}`),
  plant('npm-token', `npm_${made('npm', 36)}`),
  plant('npm-token', made('registry', 36), (secret) => `//registry.example/:_authToken=${secret}`),
  plant('pypi-token', `pypi-${made('pypi', 150)}`),
  plant('rubygems-key', `rubygems_${made('gem', 48, HEX)}`),
  plant('crates-io-token', `cio${made('crate', 32)}`),
  plant('nuget-key', `oy2${made('nuget', 43, 'abcdefghijklmnopqrstuvwxyz0123456789')}`),
  plant('docker-hub-token', `dckr_pat_${made('docker', 27)}`),
  plant('docker-registry-auth', made('auth', 40), (secret) => `{"auths":{"registry.example":{"auth":"${secret}"}}}`),
  plant('slack-token', `xoxb-${made('slack', 12, '0123456789')}-${made('bot', 24)}`),
  plant('slack-webhook', `T${made('team', 10)}/B${made('hook', 10)}/${made('slack hook', 24)}`, (secret) => `https://hooks.slack.com/services/${secret}`),
  plant('discord-webhook', `${made('hook id', 18, '0123456789')}/${made('discord', 68)}`, (secret) => `https://discord.com/api/webhooks/${secret}`),
  plant('discord-bot-token', `MTk4${made('bot id', 20)}.${made('dot', 6)}.${made('discord bot', 38)}`, (secret) => `DISCORD_TOKEN=${secret}`),
  plant('telegram-bot-token', `${made('tg', 9, '123456789')}:AA${made('telegram', 33)}`),
  plant('teams-webhook', `${made('teams', 36, HEX)}@${made('tenant', 36, HEX)}/IncomingWebhook/${made('hook 3', 32, HEX)}`, (secret) => `https://web.webhook.office.com/webhookb2/${secret}`),
  plant('stripe-key', `sk_live_${made('stripe', 24)}`),
  plant('square-token', `sq0atp-${made('square', 22)}`),
  plant('shopify-token', `shpat_${made('shopify', 32, HEX)}`),
  plant('twilio-key', `SK${made('twilio', 32, HEX)}`),
  plant('sendgrid-key', `SG.${made('send', 22)}.${made('grid', 43)}`),
  plant('mailgun-key', `key-${made('mailgun', 32, HEX)}`),
  plant('mailchimp-key', `${made('chimp', 32, HEX)}-us12`),
  plant('brevo-key', `xkeysib-${made('brevo', 64, HEX)}-${made('sib', 16)}`),
  plant('postman-key', `PMAK-${made('postman', 24, HEX)}-${made('pmak', 34, HEX)}`),
  plant('anthropic-key', `sk-ant-api03-${made('anthropic', 93)}AA`),
  plant('openai-key', `sk-proj-${made('openai', 120)}`),
  plant('openrouter-key', `sk-or-v1-${made('router', 64, HEX)}`),
  plant('huggingface-token', `hf_${made('face', 34)}`),
  plant('groq-key', `gsk_${made('groq', 52)}`),
  plant('xai-key', `xai-${made('xai', 80)}`),
  plant('perplexity-key', `pplx-${made('pplx', 48)}`),
  plant('replicate-token', `r8_${made('replicate', 37)}`),
  plant('langsmith-key', `lsv2_pt_${made('lang', 32, HEX)}_${made('smith', 10, HEX)}`),
  plant('linear-key', `lin_api_${made('linear', 40)}`),
  plant('notion-token', `ntn_${made('notion', 46)}`),
  plant('figma-token', `figd_${made('figma', 40)}`),
  plant('grafana-token', `glsa_${made('grafana', 32)}_${made('sa', 8, HEX)}`),
  plant('new-relic-key', `NRAK-${made('relic', 27, BASE32)}`),
  plant('sentry-token', `sntryu_${made('sentry', 64, HEX)}`),
  plant('dynatrace-token', `dt0c01.${made('dyna', 24, BASE32)}.${made('trace', 64, BASE32)}`),
  plant('doppler-token', `dp.pt.${made('doppler', 43)}`),
  plant('1password-token', `ops_ey${made('one', 300)}`),
  plant('vercel-token', `vcp_${made('vercel', 56)}`),
  plant('aws-bedrock-key', `ABSK${made('bedrock', 128)}=`),
  plant('openshift-token', `sha256~${made('openshift', 43)}`, (secret) => `oc login as ${secret} ok`),
  plant('artifactory-token', `AKCp${made('jfrog', 69)}`),
  plant('artifactory-token', `cmVmd${made('reference', 59)}`),
  plant('sourcegraph-token', `sgp_${made('instance', 16, HEX)}_${made('sourcegraph', 40, HEX)}`),
  plant('facebook-token', `EAAM${made('meta', 190)}`),
  plant('square-token', `EAAA${made('square 2', 60)}`, (secret) => `charged by ${secret} at 10:00`),
  plant('1password-secret-key', ['A3', made('account', 6, BASE32), made('key', 11, BASE32), 'ABCDE', 'FGHIJ', '2345K'].join('-')),
  plant('clickhouse-cloud-key', `4b1d${made('clickhouse', 38)}`),
  plant('octopus-deploy-key', `API-${made('octopus', 26, BASE32)}`),
  plant('hashicorp-vault-token', `s.${made('old vault', 24)}`),
  plant('gitlab-session', made('gitlab session', 32, HEX), (secret) => `set _gitlab_session=${secret} for /`),
  plant('harness-key', `pat.${made('harness', 22)}.${made('har', 24, HEX)}.${made('ness', 20)}`),
  plant('prefect-key', `pnu_${made('prefect', 36)}`),
  plant('scalingo-token', `tk-us-${made('scalingo', 48)}`),
  plant('readme-key', `rdme_${made('readme', 70)}`),
  plant('infracost-key', `ico-${made('infracost', 32)}`),
  plant('clojars-token', `CLOJARS_${made('clojars', 60, HEX)}`),
  plant('maxmind-key', `${made('max', 6)}_${made('mind', 29)}_mmk`),
  plant('defined-networking-token', `dnkey-${made('defined', 26)}-${made('networking', 52)}`),
  plant('authress-key', `sc_${made('authress', 12)}.ab1c.acc_${made('acc', 12)}.${made('client', 44)}`),
  plant('adobe-client-secret', `p8e-${made('adobe', 32)}`),
  plant('duffel-token', `duffel_live_${made('duffel', 43)}`),
  plant('easypost-key', `EZAK${made('easypost', 54)}`),
  plant('flutterwave-key', `FLWSECK-${made('flutter', 32, HEX)}-X`),
  plant('frameio-token', `fio-u-${made('frame', 64)}`),
  plant('settlemint-token', `sm_pat_${made('settle', 16)}`),
  plant('shippo-token', `shippo_live_${made('shippo', 40, HEX)}`),
  plant('42-client-secret', `s-s4t2ud-${made('42', 64, HEX)}`),
  plant('jwt', `ZXlK${made('in base64', 160)}`, (secret) => `  token: ${secret}`),
  plant('url-password', made('oauth basic', 20), (secret) => `  "web": "git+https://${secret}:x-oauth-basic@git.example/web.git"`),
  plant('jwt', jwt, (secret) => `cannot verify ${secret}: expired`),
  plant('extended-private-key', `xprv${made('bip', 107, '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz')}`),
  plant('password-hash', `$6$${made('salt', 16)}$${made('shadow', 86)}`, (secret) => `root:${secret}:19700:0:99999:7:::`),
  plant('password-hash', `$argon2id$v=19$m=65536,t=3,p=4$${made('salt', 22)}$${made('argon', 43)}`),
  plant('password-hash', `${made('ldap', 32)}==`, (secret) => `userPassword: {SSHA}${secret}`),
  plant('password-hash', `SCRAM-SHA-256$4096:${made('salt', 22)}==$${made('stored', 43)}=:${made('server', 43)}=`),
  plant('connection-string', word, (secret) => `DATABASE_URI postgres://web:${secret}@db.example:5432/web?sslmode=require`),
  plant('connection-string', 'test/pass@word', (secret) => `mongodb+srv://root:${secret}@cluster0.example/admin`),
  plant('connection-string', word, (secret) => `redis://:${secret}@cache:6379/0`),
  plant('connection-string', word, (secret) => `dsn web:${secret}@tcp(10.0.0.1:3306)/web`),
  plant('url-password', word, (secret) => `origin  https://olga:${secret}@git.example/web.git (fetch)`),
  plant('authorization-header', made('bearer', 40), (secret) => `> Authorization: Bearer ${secret}`),
  plant('authorization-header', made('basic', 24), (secret) => `curl -H "authorization: Basic ${secret}=" https://x.example`),
  plant('authorization-header', made('alone', 40), (secret) => `sent "Bearer ${secret}" to x.example`),
  plant('cookie', `sid=${made('cookie', 32)}; theme=dark`, (secret) => `Cookie: ${secret}`),
  plant('netrc-password', word, (secret) => `machine git.example login olga password ${secret}`),
  plant('named-secret', word, (secret) => `machine git.example\n  login olga\n  password ${secret}\n`),
  plant('pgpass-password', word, (secret) => `db.example:5432:*:web:${secret}`),
  plant('password', word, (secret) => `4711 ? S 0:00 sshpass -p ${secret} ssh web-1`),
  plant('password', word, (secret) => `mysqldump -u root -p${secret} web`),
  plant('password', word, (secret) => `curl -su admin:${secret} https://x.example`),
  plant('named-secret', word, (secret) => `tool --db-password ${secret} --verbose`),
  plant('password', word, (secret) => `ALTER USER web WITH PASSWORD '${secret}';`),
  plant('named-secret', `my ${word} phrase`, (secret) => `ADMIN_PASSWORD="${secret}"`),
  plant('named-secret', word, (secret) => `export DB_PASS=${secret}`),
  plant('named-secret', 'hunter2', (secret) => `password: ${secret}`),
  plant('named-secret', 'hunter2', (secret) => `MYSQL_ROOT_PASSWORD=${secret}`),
  plant('named-secret', 'abc&d;e', (secret) => `SECRET_KEY_BASE=${secret}`),
  plant('named-secret', word, (secret) => `{"user":"olga","password":"${secret}","id":7}`),
  plant('named-secret', word, (secret) => `{"line":"{\\"client_secret\\":\\"${secret}\\"}"}`),
  plant('named-secret', word, (secret) => `GET /callback?access_token=${secret}&state=7 HTTP/1.1`),
  plant('named-secret', word, (secret) => `Server=db;User Id=sa;Password=${secret};Encrypt=true`),
  plant('named-secret', word, (secret) => `<password>${secret}</password>`),
  plant('named-secret', word, (secret) => `requirepass: "${secret}"`),
  plant('named-secret', `abc12\\"${word}`, (secret) => `{"user":"olga","password":"${secret}","id":7}`),
  plant('named-secret', `${word},w0rd;a&b!`, (secret) => `login user=olga password=${secret} from web`),
  plant('named-secret', `ab&${word}`, (secret) => `db password=${secret}`),
  plant('named-secret', 'correct,horse&battery', (secret) => `app-1  | DB_PASSWORD=${secret}`),
  plant('named-secret', made('role', 36, HEX), (secret) => `VAULT_SECRET_ID=${secret} x`),
  plant('named-secret', 'Ab12.def45.ghi789', (secret) => `x SECRET_STORAGE=${secret}`),
  plant('named-secret', '$ecretword', (secret) => `PASSWORD=${secret}`),
  plant('named-secret', 'swordfish', (secret) => `config.yml:3:  password: ${secret}`),
  plant('named-secret', 'swordfish', (secret) => `+  password: ${secret}`),
  plant('named-secret', 'swordfish', (secret) => `     3\t  password: ${secret}`),
  plant('named-secret', 'swordfish', (secret) => `Nov 23 10:00:00 web app[1]: password: ${secret}`),
  plant('named-secret', word, (secret) => `{"name":"DB_PASSWORD","value":"${secret}"}`),
  plant('named-secret', word, (secret) => `<property name="password" value="${secret}"/>`),
  plant('named-secret', word, (secret) => `define( 'DB_PASSWORD', '${secret}' );`),
  plant('named-secret', word, (secret) => `auth: { user: 'olga', pass: '${secret}' }`),
  plant('named-secret', word, (secret) => `smtp user=root pass=${secret} host=web`),
  plant('named-secret', word, (secret) => `ENV DB_PASSWORD ${secret}`),
  plant('named-secret', word, (secret) => `requirepass ${secret}`),
  plant('named-secret', word, (secret) => `  psk="${secret}"`),
  plant('named-secret', `${made('app', 43)}=`, (secret) => `APP_KEY=base64:${secret}`),
  plant('named-secret', made('jwk', 43), (secret) => `{"kty":"EC","crv":"P-256","d":"${secret}"}`),
  plant('password', 'hunt er2', (secret) => `mysql -u root -p'${secret}' web`),
  plant('named-secret', 'swordfish', (secret) => `db:\n  password:\n    ${secret}\n  port: 1`),
  plant('named-secret', 'my sword fish', (secret) => `password: |-\n  ${secret}\nuser: olga`),
  plant('named-secret', 'swordfish', (secret) => `password: >\r\n    ${secret}\r\nuser: olga`),
  plant('named-secret', 'swordfish', (secret) => `passwords:\n- ${secret}\nusers:\n- olga`),
  plant('named-secret', 'swordfish', (secret) => `password:\n  value: ${secret}\n  age: 3d`),
  plant('named-secret', 'swordfish', (secret) => `+  password:\n+    ${secret}\n+  port: 1`),
  plant('named-secret', 'swordfish', (secret) => `        - name: DB_PASSWORD\n          value: "${secret}"\n        - name: PORT\n          value: "80"`),
  plant('named-secret', 'swordfish', (secret) => `{\n  "Name": "/prod/db/password",\n  "Type": "SecureString",\n  "Value": "${secret}",\n}`),
  plant('named-secret', 'swordfish', (secret) => `  "password":\n    "${secret}",\n  "port": 1`),
  plant('named-secret', 'swordfish', (secret) => `<password>\n  ${secret}\n</password>`),
  plant('named-secret', 'swordfish', (secret) => `<key>Password</key>\n<string>${secret}</string>`),
  plant('named-secret', 'swordfish', (secret) => `variable "db_password" {\n  type = string\n  default = "${secret}"\n}`),
  plant('named-secret', 'swordfish', (secret) => `password = """\n${secret}\n"""`),
  plant('named-secret', Buffer.from('sword fish').toString('base64'), (secret) => `apiVersion: v1\ndata:\n  a.txt: ${secret}\nkind: Secret\n`),
  plant('named-secret', 'swordfish', (secret) => `apiVersion: v1\nkind: Secret\nstringData:\n  a.txt: ${secret}\n`),
  plant('named-secret', Buffer.from('sword fish').toString('base64'), (secret) => `{"apiVersion":"v1","data":{"a":"${secret}"},"kind":"Secret","metadata":{"name":"a"}}`),
  key('private-key', pem(KEY, [...BODY, SHORT_END])),
  key('private-key', pem(`RSA ${KEY}`, ['Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-128-CBC,0F', '', ...BODY])),
  key('private-key', pem(`OPENSSH ${KEY}`, BODY)),
  key('private-key', pem(`PGP ${KEY} BLOCK`, ['Version: 7', '', ...BODY, '=Ab3d'])),
  key('private-key', pem(`SSH2 ENCRYPTED ${KEY}`, BODY, '----')),
  key('private-key', pem(`EC ${KEY}`, BODY).replaceAll('\n', '\r\n')),
  key('private-key', JSON.stringify({ type: 'service_account', private_key: pem(KEY, BODY), id: 7 })),
  key('private-key', pem(KEY, BODY).split('\n').map((line, index) => `${index + 1}\t    ${line}`).join('\n')),
  key('private-key', `tls.key: ${Buffer.from(pem(`RSA ${KEY}`, BODY)).toString('base64')}`, [Buffer.from(BODY.join('\n')).toString('base64').slice(9, 200)]),
  key('putty-private-key', ['PuTTY-User-Key-File-3: ssh-ed25519', 'Encryption: none', 'Comment: olga', 'Public-Lines: 2', BODY[0], BODY[1], 'Private-Lines: 1', BODY[2], `Private-MAC: ${made('mac', 64, HEX)}`].join('\n'), [BODY[2] ?? '', made('mac', 64, HEX)]),
]; // prettier-ignore
