import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { replayServer, type ReplayServer } from '@servonaut/plugin-sdk/testing';
import { aCommandRequest, temporaryFolder, waitFor } from '@servonaut/testkit';
import type { Report } from '../relay/relay-event.ts';
import { FakeCoordinator } from '../relay/testing/fake-coordinator.ts';
import { saveCredentials } from '../session/credentials.ts';
import { readEnvironment } from '../session/environment.ts';
import { openSession, type Session } from '../session/session.ts';
import { connect } from './connect-service.ts';
import { openExecutor } from './executor.ts';
import type { PluginPackage } from './plugin-package.ts';

const plugins = fileURLToPath(new URL('../../../../plugins/', import.meta.url));
const plugin = (name: string, sort: 'tools' | 'sources'): PluginPackage => ({
  name,
  root: join(plugins, name),
  pjson: { servonaut: { [sort]: './src/index.ts' } },
});

/** Nobody listens on these addresses of this machine, so that every connect fails, and says how. */
const PRIVATE = [
  ...Array.from({ length: 12 }, (_, index) => `127.0.7.${index + 1}`),
  ...`10.77.0.1 ip-10-77-0-1 10.77.0.2 hidden.example.com 2001:db8:77
    user-of-yaml user-of-ssh user-of-file user-of-ansible user-of-cloud
    key-of-yaml key-of-ssh key-of-file key-of-ansible key-of-cloud key-of-aws
    i-0feedface arn:aws 123456789012 4711000 4712000 4713000 subscriptions/6f2a vpc-0feed
    token-of-hetzner token-of-ocean token-of-google key-id-of-aws secret-of-aws LEFTOUT inventory-of-ops`.split(/\s+/),
];

const EC2 = `<?xml version="1.0" encoding="UTF-8"?><DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <reservationSet><item><ownerId>123456789012</ownerId><instancesSet>
  <item><instanceId>i-0feedface1</instanceId><vpcId>vpc-0feed</vpcId><privateIpAddress>10.77.0.1</privateIpAddress>
    <ipAddress>127.0.7.5</ipAddress><tagSet><item><key>Name</key><value>aws web</value></item>
    <item><key>aws:cloudformation:stack-id</key><value>arn:aws:cloudformation:eu-central-1:123456789012:stack/x</value></item>
    <item><key>at</key><value>127.0.7.5</value></item><item><key>fqdn</key><value>db01.hidden.example.com</value></item>
    <item><key>pem</key><value>/home/ops/.ssh/key-of-aws</value></item><item><key>role</key><value>web</value></item></tagSet></item>
  <item><instanceId>i-0feedface2</instanceId><ipAddress>127.0.7.11</ipAddress><tagSet/></item>
  <item><instanceId>i-0feedface3</instanceId><privateIpAddress>10.77.0.1</privateIpAddress><ipAddress>127.0.7.12</ipAddress>
    <tagSet><item><key>Name</key><value>127.0.7.12</value></item></tagSet></item>
  </instancesSet></item></reservationSet></DescribeInstancesResponse>`;

const HETZNER = {
  servers: [
    {
      id: 4711000,
      name: 'hetzner-web',
      status: 'running',
      public_net: { ipv4: { ip: '127.0.7.6' }, ipv6: { ip: '2001:db8:77::/64' } },
      private_net: [{ network: 4711, ip: '10.77.0.2' }],
      datacenter: { location: { name: 'fsn1' } },
      labels: { role: 'web', address: '10.77.0.2', ip6: 'https://[2001:db8:77::1]/' },
    },
  ],
  meta: { pagination: { next_page: null } },
};
const OCEAN = {
  droplets: [
    {
      id: 4712000,
      name: 'ocean-web',
      status: 'active',
      networks: { v4: [{ ip_address: '127.0.7.7', type: 'public' }], v6: [] },
      region: { slug: 'nyc3' },
      tags: ['role:web', 'ip:127.0.7.7', 'cidr:2001:db8:77::/64'],
      vpc_uuid: 'vpc-0feed',
    },
  ],
  links: {},
};
const GOOGLE = {
  items: {
    'zones/europe-west3-a': {
      instances: [
        {
          id: '4713000',
          name: 'google-web',
          zone: 'https://www.googleapis.com/compute/v1/projects/inventory-of-ops/zones/europe-west3-a',
          networkInterfaces: [{ networkIP: '10.77.0.1', accessConfigs: [{ natIP: '127.0.7.8' }] }],
          labels: { role: 'web' },
        },
      ],
    },
  },
};
/** What `serversOf` of the plugin makes is what leaves it; how Azure is asked is its own test's to show. */
const azurePlugin = `
  import { serversOf } from ${JSON.stringify(join(plugins, 'inventory-azure/src/servers.ts'))};
  const id = '/subscriptions/6f2a/x';
  const resources = {
    machines: [{ id, name: 'azure-web', location: 'westeurope', interfaces: [{ id }], tags: { role: 'web', 'hidden-link:/subscriptions/6f2a': 'x' } }],
    interfaces: [{ id, configurations: [{ properties: { publicIPAddress: { id } } }] }],
    publicAddresses: [{ id, address: '127.0.7.9' }],
  };
  const options = { parse: (given) => given, safeParse: () => ({}) };
  export const SOURCES = [{ kind: 'azure', options, list: async () => serversOf(resources, 'public') }];`;

const SSH_CONFIG = `
Host ssh-web
  HostName 127.0.7.1
  User user-of-ssh
  IdentityFile ~/.ssh/key-of-ssh
Host hidden.example.com
  User user-of-ssh
`;

const ANSIBLE = `
[ansible]
ansible-web ansible_host=127.0.7.4 ansible_user=user-of-ansible ansible_ssh_private_key_file=~/.ssh/key-of-ansible
127.0.7.10
LEFTOUT-1.hidden.example.com
LEFTOUT-2 ansible_connection=docker
`;

const serversYaml = (cloud: string) => `
servers:
  - {name: yaml-web, host: 127.0.7.2, user: user-of-yaml, identity_file: ~/.ssh/key-of-yaml, labels: {role: web}}
sources:
  - {kind: file, path: inventory-of-ops.json}
  - {kind: ansible, path: hosts}
  - {kind: aws, endpoint: '${cloud}/aws', regions: [eu-central-1], user: user-of-cloud, identity_file: ~/.ssh/key-of-cloud}
  - {kind: hetzner, endpoint: '${cloud}/hetzner', user: user-of-cloud}
  - {kind: digitalocean, endpoint: '${cloud}/ocean', user: user-of-cloud}
  - {kind: gcp, endpoint: '${cloud}/google', projects: [inventory-of-ops], user: user-of-cloud}
  - {kind: azure, user: user-of-cloud}
`;

const NAMES = [
  'yaml-web',
  'ssh-web',
  'file-web',
  'ansible-web',
  'aws-web',
  'hetzner-web',
  'ocean-web',
  'google-web',
  'azure-web',
];

describe('what leaves the machine of the operator', () => {
  let folder: string;
  let cloud: ReplayServer;
  let coordinator: FakeCoordinator;
  let session: Session;
  let loaded: PluginPackage[];
  const before = { ...process.env };

  const write = (path: string, text: string): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };

  beforeEach(async () => {
    folder = await temporaryFolder();
    coordinator = await FakeCoordinator.start();
    cloud = await replayServer(({ path, headers }) => {
      if (path === '/token')
        return {
          body: { access_token: 'token-of-google', token_type: 'Bearer', expires_in: 3600, issued_token_type: 'x' },
        };
      if (path.startsWith('/aws')) return { body: EC2 };
      const isGood = /^Bearer token-of-(?:hetzner|ocean|google)$/.test(headers.authorization ?? '');
      if (!isGood) return { status: 401, body: {} };
      return { body: path.startsWith('/hetzner') ? HETZNER : path.startsWith('/ocean') ? OCEAN : GOOGLE };
    });
    const google = {
      type: 'external_account',
      audience: '//iam.googleapis.com/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${cloud.url}/token`,
      credential_source: { file: write(join(folder, 'subject'), 'token-of-google') },
    };
    // The SDKs of AWS and Google read the environment themselves.
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'key-id-of-aws',
      AWS_SECRET_ACCESS_KEY: 'secret-of-aws',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      GOOGLE_APPLICATION_CREDENTIALS: write(join(folder, 'google.json'), JSON.stringify(google)),
      GOOGLE_CLOUD_PROJECT: 'inventory-of-ops',
    });
    session = openSession(
      'test',
      readEnvironment({
        SERVONAUT_CONFIG_DIR: folder,
        SERVONAUT_STATE_DIR: folder,
        SERVONAUT_SSH_CONFIG: write(join(folder, 'ssh_config'), SSH_CONFIG),
        HCLOUD_TOKEN: 'token-of-hetzner',
        DIGITALOCEAN_TOKEN: 'token-of-ocean',
      }),
    );
    const config = (name: string, text: string) => write(join(session.paths.configDir, name), text);
    config('servers.yaml', serversYaml(cloud.url));
    config('policy.yaml', 'version: 1\nlevel: dangerous\napproval: never\n');
    config('hosts', ANSIBLE);
    const file = {
      host: '127.0.7.3',
      user: 'user-of-file',
      identity_file: '~/.ssh/key-of-file',
      jump: 'user-of-file@127.0.7.11',
    };
    config(
      'inventory-of-ops.json',
      JSON.stringify([{ name: 'file-web', ...file, labels: { role: 'web', at: '127.0.7.3' } }]),
    );
    const { url, token, sealKey } = coordinator;
    const who = { user_id: '42', user_name: 'ada', label: 'test', logged_in_at: new Date().toISOString() };
    await saveCredentials(session.paths, { url, token, ...who, pinned_keys: [sealKey.jwk] });
    write(join(folder, 'azure.mjs'), azurePlugin);
    loaded = [
      ...['run-command', 'list-servers', 'check-status'].map((name) => plugin(name, 'tools')),
      ...['file', 'ansible', 'aws', 'hetzner', 'digitalocean', 'gcp'].map((kind) =>
        plugin(`inventory-${kind}`, 'sources'),
      ),
      { name: 'azure', root: folder, pjson: { servonaut: { sources: './azure.mjs' } } },
    ];
  });

  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (/^(?:AWS|GOOGLE)_/.test(name)) delete process.env[name];
    Object.assign(process.env, before);
    await Promise.all([coordinator.stop(), cloud.close()]);
  });

  const asked = async (name: string) => {
    const request = aCommandRequest({ target_server_id: name });
    await coordinator.send(request);
    await waitFor(() => coordinator.resultOf(request.id), { what: `the result of ${name}` });
    return coordinator.resultOf(request.id)?.error_code;
  };

  it('is names, labels and answers: no address, user, key, cloud id or credential, whatever fails', async () => {
    const faults: string[] = [];
    const executor = await openExecutor(session, loaded, (fault) => void faults.push(fault));
    const stop = new AbortController();
    const report: Report = (event) => void (event.event === 'warning' && faults.push(event.message));
    const running = connect({ session, executor, version: '0.1.0', report, stop: stop.signal });
    await waitFor(() => coordinator.subscribers === 1, { what: 'the subscription' });

    const sent = [
      ...NAMES.map((name) => aCommandRequest({ target_server_id: name })),
      aCommandRequest({ type: 'check_status', target_server_id: 'ansible-web', payload: {} }),
      aCommandRequest({ type: 'list_servers', target_server_id: null, payload: {} }),
      aCommandRequest({ target_server_id: 'LEFT' }),
    ];
    for (const request of sent) await coordinator.send(request);
    await waitFor(() => sent.every(({ id }) => coordinator.resultOf(id)), { what: 'all results', timeoutMs: 20_000 });

    // An editor has saved half of a file, and another is none any longer.
    const servers = join(session.paths.configDir, 'servers.yaml');
    write(servers, 'servers:\n  - {name: yaml-web, user: *user-of-yaml');
    const broken = [await asked('yaml-web')];
    write(servers, serversYaml(cloud.url));
    rmSync(join(folder, 'ssh_config'));
    mkdirSync(join(folder, 'ssh_config'));
    broken.push(await asked('ssh-web'));
    stop.abort();
    await running;
    executor.close();
    expect(broken).toEqual(['config_invalid', 'config_invalid']);

    const told = coordinator.registrations[0]?.manifest.servers ?? [];
    expect(faults.filter((fault) => fault.includes('could not be listed'))).toEqual([]);
    expect(told.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted());
    expect(told.find(({ name }) => name === 'aws-web')?.labels).toEqual({ region: 'eu-central-1', role: 'web' });
    const codes = NAMES.map((_, index) => coordinator.resultOf(sent[index]?.id ?? '')?.error_code);
    expect(codes).toEqual(NAMES.map(() => expect.stringMatching(/^(?:server_unreachable|connect_timeout|ssh_\w+)$/)));
    expect(coordinator.resultOf(sent.at(-2)?.id ?? '')?.output).toContain('azure-web region=westeurope role=web');
    expect(coordinator.heartbeats.map(({ state }) => state)).toEqual(expect.arrayContaining(['draining', 'offline']));

    const heard = Buffer.concat(coordinator.heard).toString('latin1');
    expect(heard).toContain('hetzner-web');
    const forms = [...PRIVATE, folder].flatMap((text) => [
      text,
      Buffer.from(text).toString('base64').replace(/=+$/, ''),
    ]);
    expect(forms.filter((form) => heard.includes(form))).toEqual([]);
    // The operator is told what was left out.
    expect(faults.join('\n')).toMatch(/LEFTOUT-2 left out: its connection is docker/);
    expect(faults.join('\n')).toMatch(/servers\.yaml, line 2/);
    expect(faults.join('\n')).toMatch(/aws: 1 left out because they have no name/);
  });
});
