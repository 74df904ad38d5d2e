import fc from 'fast-check';
import type { FALLBACK_DIFFERENCES } from '../ssh-config-fallback.ts';

/** What a generated configuration refers to. */
export interface ConfigWorld {
  /** Folder of keys, proxies, known_hosts and included files; its own name holds no character that ssh_config gives a meaning. */
  readonly folder: string;
  readonly ports: readonly number[];
  readonly agentSocket: string;
}

export interface GeneratedConfig {
  readonly config: string;
  /** Files that it includes, by their names in the folder. */
  readonly included: Readonly<Record<string, string>>;
  /** What ssh(1) is asked for. */
  readonly destination: string;
  /** What it holds of what our own reading does otherwise. */
  readonly differences: ReadonlySet<keyof typeof FALLBACK_DIFFERENCES>;
}

export const DESTINATIONS = ['web', 'db', 'app.example', 'bob@web'];
export const USERS = ['ann', 'bob', 'root'];
export const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
export const KEYS = ['first', 'second', 'third', 'with space', 'gate'];
/** Names of jump hosts: no line but their own makes them go over another, since ssh(1) would do so without end. */
const GATES = ['gate', 'gate2'];

type Difference = keyof typeof FALLBACK_DIFFERENCES;

/** A line, or several, with what it holds that our own reading does not do. */
interface Lines {
  readonly text: string;
  readonly differences?: readonly Difference[];
}

const pick = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);

/** `Keyword value` in one of the ways in which it may be written. */
function written(
  keyword: string,
  value: fc.Arbitrary<string>,
  comments = ['', '', '', ' # said of it'],
): fc.Arbitrary<Lines> {
  const keywords = pick(keyword, keyword.toLowerCase(), keyword.toUpperCase());
  const parts = {
    name: keywords,
    between: pick(' ', '  ', '\t', '=', ' = ', '= '),
    indent: pick('', '  ', '\t'),
    value,
  };
  return fc.record({ ...parts, comment: pick(...comments) }).map(({ name, between, indent, value: text, comment }) => ({
    text: `${indent}${name}${between}${text}${comment}`,
  }));
}

const quoted = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.boolean()).map(([value, isQuoted]) => (isQuoted || value.includes(' ') ? `"${value}"` : value));

function identityFiles(folder: string): fc.Arbitrary<string> {
  const byToken = pick('%r', '%p', '%h', '%n', '%u', '%L', '%%r', '%i', '%k', '%C').map((token) => `by-${token}`);
  return quoted(fc.oneof(pick(...KEYS), byToken, pick('missing')).map((name) => `${folder}/keys/${name}`));
}

const knownHosts = (folder: string) =>
  pick('good', 'good', 'good', 'other', 'empty', 'alias', 'with space', 'by-%r', '%%r').map(
    (name) => `${folder}/known/${name}`,
  );

function knownHostsFiles(folder: string): fc.Arbitrary<string> {
  const files = fc.array(quoted(knownHosts(folder)), { minLength: 1, maxLength: 3 });
  return fc.oneof({ weight: 6, arbitrary: files.map((all) => all.join(' ')) }, { weight: 1, arbitrary: pick('none') });
}

const SAFE_ALGORITHMS = {
  Ciphers: ['aes256-ctr', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com,aes128-ctr'],
  MACs: ['hmac-sha2-512', 'hmac-sha2-256-etm@openssh.com,hmac-sha2-256'],
  KexAlgorithms: ['curve25519-sha256', 'ecdh-sha2-nistp256,curve25519-sha256'],
  HostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-512,ssh-ed25519'],
} as const;

const CHANGED_ALGORITHMS = ['Ciphers -aes128-ctr', 'KexAlgorithms ^ecdh-sha2-nistp256', 'MACs +hmac-sha1'];

function algorithmLines(): fc.Arbitrary<Lines> {
  const plain = Object.entries(SAFE_ALGORITHMS).map(([option, lists]) => written(option, pick(...lists)));
  const changed = pick(...CHANGED_ALGORITHMS).map((text): Lines => ({ text, differences: ['algorithms'] }));
  return fc.oneof(...plain, changed);
}

/** Without comments: ssh(1) 9.2 takes `none # …` for a host. */
function jumpLines(ports: readonly number[]): fc.Arbitrary<Lines> {
  const literal = fc
    .tuple(pick(...USERS), pick(...ADDRESSES), pick(...ports))
    .map((hop) => `${hop[0]}@${hop[1]}:${hop[2]}`);
  const hop = fc.oneof(pick(...GATES, 'ann@gate'), literal);
  const chain = fc.array(hop, { minLength: 1, maxLength: 2 }).map((hops) => [...new Set(hops)].join(','));
  return written('ProxyJump', fc.oneof({ weight: 4, arbitrary: chain }, { weight: 1, arbitrary: pick('none') }), ['']);
}

function optionLine({ folder, ports, agentSocket }: ConfigWorld): fc.Arbitrary<Lines> {
  return fc.oneof(
    written('HostName', pick(...ADDRESSES)),
    written('Port', pick(...ports).map(String)),
    written('User', quoted(pick(...USERS))),
    { weight: 3, arbitrary: written('IdentityFile', identityFiles(folder)) },
    written('IdentitiesOnly', pick('yes', 'no')),
    written('IdentityAgent', quoted(pick(agentSocket, 'none', 'SSH_AUTH_SOCK', '$TEST_AGENT', '$NO_SUCH_VARIABLE'))),
    written('HostKeyAlias', pick('front', 'Back')),
    { weight: 2, arbitrary: written('UserKnownHostsFile', knownHostsFiles(folder)) },
    written('GlobalKnownHostsFile', knownHostsFiles(folder)),
    written('StrictHostKeyChecking', pick('yes', 'no', 'ask', 'accept-new', 'off')),
    written('ConnectTimeout', pick('7', '20')),
    written('ServerAliveInterval', pick('0', '30')),
    written('ServerAliveCountMax', pick('2', '5')),
    written('CertificateFile', pick(`${folder}/keys/no-cert`)),
    algorithmLines(),
    pick<Lines>(
      { text: '' },
      { text: '# Host web' },
      { text: '   # HostName 127.0.0.9' },
      { text: '' },
      { text: '# anything' },
      { text: `IdentityFile '${folder}/keys/third'`, differences: ['words'] },
      { text: `IdentityFile ${folder}/keys/a#b`, differences: ['words'] },
    ),
  );
}

const patterns = fc
  .array(pick('web', 'db', 'w*', '*', '?eb', 'app.*', '"db"', '*.example', '!db', '!web', '127.0.0.3'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((all) => all.join(' '));

function matchLine(folder: string): fc.Arbitrary<Lines> {
  const lists = pick('web', 'web,db', 'w*,!web', '*', '127.0.0.2', '127.0.0.*,!127.0.0.3', '"app.example"');
  const commands = pick(
    `test -e ${folder}/known/good`,
    'false',
    'test %n = web',
    'test %h = 127.0.0.2',
    'test %r%p = ann22',
    'test "$TEST_AGENT" != ""',
  );
  const criterion = fc.oneof(
    lists.map((list) => `host ${list}`),
    lists.map((list) => `originalhost ${list}`),
    pick('user ann', 'user bob,ann', 'user !bob,*', 'localuser root', 'localuser nobody', '!user ann'),
    fc
      .tuple(pick('exec', '!exec'), commands)
      .map(([name, command]) =>
        command === 'false' ? `${name} false` : `${name} "${command.replaceAll('"', '\\"')}"`,
      ),
    pick('!host db', 'final'),
  );
  const criteria = fc.array(criterion, { minLength: 1, maxLength: 2 }).map((all) => all.join(' '));
  return fc
    .oneof({ weight: 5, arbitrary: criteria }, { weight: 1, arbitrary: pick('all') })
    .map((text) => ({ text: `Match ${text}` }));
}

function joined(lines: readonly Lines[]): Lines {
  return {
    text: lines.map(({ text }) => text).join('\n'),
    differences: lines.flatMap(({ differences = [] }) => differences),
  };
}

/** A block, in which jump hosts may be gone over when it is not for jump hosts. */
function block(world: ConfigWorld, include: fc.Arbitrary<Lines>): fc.Arbitrary<Lines> {
  const option = optionLine(world);
  const proxy = fc.oneof(
    jumpLines(world.ports),
    written('ProxyCommand', pick('none', `bash ${world.folder}/proxy %h %p %r %n "%%"`), ['']),
  );
  const notGates = patterns.map((list): Lines => ({ text: `Host ${list} !gate*` }));
  const withProxy = fc.tuple(notGates, fc.array(option, { maxLength: 3 }), proxy, fc.array(option, { maxLength: 2 }));
  const heads = fc.oneof(
    patterns.map((list): Lines => ({ text: `Host ${list}` })),
    matchLine(world.folder),
  );
  const plain = fc.tuple(
    heads,
    fc.array(fc.oneof({ weight: 12, arbitrary: option }, { weight: 1, arbitrary: include }), {
      minLength: 1,
      maxLength: 5,
    }),
  );
  return fc.oneof(
    { weight: 2, arbitrary: withProxy.map(([head, before, way, after]) => joined([head, ...before, way, ...after])) },
    { weight: 3, arbitrary: plain.map(([head, lines]) => joined([head, ...lines])) },
  );
}

/** What makes every jump host and every server one that can be reached, where nothing before has said otherwise. */
function ending({ folder, ports }: ConfigWorld): string {
  return `
Host gate2
  ProxyJump gate
Host gate
  HostName 127.0.0.4
Host *
  HostName 127.0.0.2
  Port ${ports[0]}
  User ann
  UserKnownHostsFile ${folder}/known/good
  GlobalKnownHostsFile none
Match user bob
  IdentityFile ${folder}/keys/first
Match !user bob
  IdentityFile ${folder}/keys/gate
`;
}

const BEGINNING = `IgnoreUnknown NoSuch*
NoSuchOption 1
Host gate 127.0.0.*
  ProxyJump none
`;

/** Configurations of a handful of blocks, each line of which means something. */
export function generatedConfig(world: ConfigWorld): fc.Arbitrary<GeneratedConfig> {
  const nothing = fc.constant<Lines>({ text: '' });
  const includedText = fc.array(block(world, nothing), { minLength: 1, maxLength: 2 }).map(joined);
  const include = pick<Lines>(
    { text: `Include ${world.folder}/included/one.conf` },
    { text: `Include "${world.folder}/included/*.conf"` },
    { text: `include ${world.folder}/included/none-*.conf ${world.folder}/included/two.conf` },
  );
  const top = fc.oneof(
    { weight: 6, arbitrary: block(world, include) },
    { weight: 1, arbitrary: include },
    { weight: 1, arbitrary: optionLine(world) },
  );
  return fc
    .record({
      tops: fc.array(top, { minLength: 1, maxLength: 5 }),
      one: includedText,
      two: includedText,
      destination: pick(...DESTINATIONS),
    })
    .map(({ tops, one, two, destination }) => {
      const all = joined([...tops, one, two]);
      return {
        config: `${BEGINNING}Match all\n${joined(tops).text}\n${ending(world)}`,
        included: { 'one.conf': `${one.text}\n`, 'two.conf': `${two.text}\n` },
        destination,
        differences: new Set(all.differences),
      };
    });
}
