import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TOOLS } from '@servonaut/plugin-cloud-instances';
import { replayServer, type ReplayServer } from '@servonaut/plugin-sdk/testing';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import type { Session } from '../session/session.ts';
import { renderApproval } from '../ui/render-approval.ts';
import { SessionInstanceSources, type InstanceSources } from './source-instances.ts';
import { cloudsOf, type Cloud } from './testing/clouds.ts';
import { OperatorMachine } from './testing/operator-machine.ts';

const WEB = { id: 'i-0feed', name: 'web-1', labels: { role: 'web' }, state: 'running', zone: 'eu-central-1a' } as const;
const STOP = {
  tool: 'cloud_instance_control',
  server: null,
  payload: { name: 'web-1', action: 'stop', wait_seconds: 0 },
};
const LIST = { tool: 'list_cloud_instances', server: null, payload: {} };

let machine: OperatorMachine;
let cloud: ReplayServer | undefined;
afterEach(async () => {
  machine.close();
  await cloud?.close();
  cloud = undefined;
});

async function operator(policy: string, instances: InstanceSources): Promise<OperatorMachine> {
  machine = await OperatorMachine.with(`version: 1\n${policy}\n`, TOOLS, instances);
  return machine;
}
const question = () => waitFor(() => machine.desk.waiting[0], { what: 'a question' });

describe('control of an instance', () => {
  it.each(['readonly', 'standard', 'dangerous'])(
    'is asked about at the level %s, with what it would be done to',
    async (level) => {
      const aws: Cloud = { machines: [WEB] };
      const { desk } = await operator(`level: ${level}`, cloudsOf({ aws }));
      desk.attend();
      const result = machine.call(STOP);
      const shown = await question();
      expect(renderApproval(shown, 80)).toContain(
        '  what it would do:\n  | stop the instance web-1 of aws\n  |   source: aws\n  |   state: running\n  |   zone: eu-central-1a\n  |   role: web\n',
      );
      expect(aws.asked).toBeUndefined();
      await desk.answer(shown.hash, 'once');
      expect(await result).toMatchObject({ status: 'success', data: { asked: true } });
      expect(aws.asked).toEqual(['stop i-0feed']);
    },
  );

  it('is not done to another instance that has got the name meanwhile', async () => {
    const clouds = { aws: { machines: [WEB] } as Cloud };
    const { desk } = await operator('level: standard', { ...cloudsOf(clouds), read: () => cloudsOf(clouds).read() });
    desk.attend();
    const result = machine.call(STOP);
    const { hash } = await question();
    clouds.aws = { machines: [{ ...WEB, id: 'i-0other' }] };
    await desk.answer(hash, 'once');
    expect(await result).toMatchObject({ error_code: 'approval_stale' });
    expect(clouds.aws.asked).toBeUndefined();
  });

  it('is denied by a rule with its name, which leaves the list', async () => {
    const aws: Cloud = { machines: [WEB] };
    const rule =
      'level: dangerous\nrules:\n  - name: no-power\n    tools: [cloud_instance_control]\n    decision: deny';
    await operator(rule, cloudsOf({ aws }));
    expect(await machine.call(STOP)).toMatchObject({ error_code: 'policy_denied', rule: 'no-power' });
    expect(await machine.call(LIST)).toMatchObject({ status: 'success', data: { instances: [{ name: 'web-1' }] } });
    expect(aws.asked).toBeUndefined();
  });

  it('runs unasked by a rule with its name that allows it', async () => {
    const aws: Cloud = { machines: [WEB] };
    const rule = 'level: standard\nrules:\n  - name: power\n    tools: [cloud_instance_control]\n    decision: allow';
    await operator(rule, cloudsOf({ aws }));
    expect(await machine.call(STOP)).toMatchObject({ status: 'success' });
    expect(aws.asked).toEqual(['stop i-0feed']);
  });

  it.each(['servers: ["web-*"]', 'servers: ["label:role=web"]'])(
    'is no way round a rule about the server that it is (%s)',
    async (servers) => {
      const aws: Cloud = { machines: [WEB] };
      const power = '  - { name: power, tools: [cloud_instance_control], decision: allow }';
      for (const decision of ['deny', 'ask']) {
        await operator(`rules:\n${power}\n  - { name: hold, ${servers}, decision: ${decision} }`, cloudsOf({ aws }));
        expect(await machine.call(STOP)).toMatchObject({ error_code: 'policy_denied', rule: 'hold' });
        machine.close();
      }
      const { desk } = await operator(`rules:\n  - { name: hold, ${servers}, decision: deny }`, cloudsOf({ aws }));
      desk.attend();
      const result = machine.call(STOP);
      await desk.answer((await question()).hash, 'once');
      expect(await result).toMatchObject({ error_code: 'policy_denied', rule: 'hold' });
      expect(aws.asked).toBeUndefined();
    },
  );
});

it('reaches the clouds of servers.yaml with the credentials of the operator, and lets nothing else out', async () => {
  const secret = 'token-of-hetzner';
  const server = {
    id: 4711000,
    name: 'web-1',
    status: 'off',
    server_type: { name: 'cx22' },
    public_net: { ipv4: { ip: '192.0.2.1' }, ipv6: null },
    private_net: [],
    datacenter: { location: { name: 'fsn1' } },
    labels: { role: 'web' },
  };
  cloud = await replayServer(({ method }) =>
    method === 'GET'
      ? { body: { servers: [server], server, meta: { pagination: { next_page: null } } } }
      : {
          status: 403,
          body: { error: { code: 'token_readonly', message: `${secret} of project 4711 may only read` } },
        },
  );
  const configDir = await temporaryFolder();
  const source = `sources:\n  - { kind: hetzner, endpoint: "${cloud.url}", prefix: hz-, labels: { env: prod } }\n`;
  writeFileSync(join(configDir, 'servers.yaml'), source);
  const session = {
    paths: { configDir },
    environment: { variables: { HCLOUD_TOKEN: secret } },
    settings: { instances_timeout_seconds: { value: 20 } },
  } as unknown as Session;
  const root = fileURLToPath(new URL('../../../../plugins/inventory-hetzner', import.meta.url));
  const plugin = { name: 'hetzner', root, pjson: { servonaut: { sources: './src/index.ts' } } };
  await operator(
    'level: standard\nrules:\n  - { name: power, tools: [cloud_instance_control], decision: allow }',
    new SessionInstanceSources(session, [plugin]),
  );
  const listed = await machine.call(LIST);
  const labels = { env: 'prod', region: 'fsn1', role: 'web' };
  const row = {
    name: 'hz-web-1',
    source: 'hetzner',
    state: 'stopped',
    type: 'cx22',
    zone: 'fsn1',
    labels,
    is_server: false,
  };
  expect(listed.data).toEqual({ instances: [row], left_out: 0, unnamed: 0, sources: ['hetzner'], failed: [] });
  const refused = await machine.call({ ...STOP, payload: { name: 'hz-web-1', action: 'start' } });
  expect(refused).toMatchObject({
    error_code: 'cloud_refused',
    error_message: expect.stringContaining('a token of the project that may read and write'),
  });
  expect(JSON.stringify([listed, refused])).not.toMatch(/192\.0\.2\.1|471|token-of-hetzner/);
  expect(machine.told.join()).toContain('may only read');
});
