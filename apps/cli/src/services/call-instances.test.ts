import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { defineInventorySource, z, type FoundInstance } from '@servonaut/plugin-sdk';
import { CallInstances, type CallInstancesParts } from './call-instances.ts';
import { cloudsOf, type Cloud } from './testing/clouds.ts';

const machine = (name: string, changes: Partial<FoundInstance> = {}): FoundInstance => ({
  id: `i-${name}`,
  name,
  labels: {},
  state: 'running',
  ...changes,
});

function call(clouds: Record<string, Cloud>, more: Partial<CallInstancesParts> = {}) {
  const told: string[] = [];
  const parts = {
    principal: undefined,
    decided: 'privileged' as const,
    tool: 'acts',
    checkMachine: () => undefined,
    signal: new AbortController().signal,
  };
  const tell = (message: string) => void told.push(message);
  return { told, instances: new CallInstances({ sources: cloudsOf(clouds), ...parts, tell, ...more }) };
}
const one = async (instances: CallInstances) => (await instances.list()).instances[0] ?? fail();
function fail(): never {
  throw new Error('There is none.');
}

describe('instances of clouds', () => {
  it('are those of all of them, without what they are known by', async () => {
    const web = machine('web-1', { type: 't3.micro', zone: 'eu-central-1a', labels: { role: 'web' } });
    const { instances } = call({ aws: { machines: [web] }, hetzner: { machines: [machine('web-1')] } });
    const { instances: found, ...rest } = await instances.list();
    expect(rest).toEqual({ leftOut: 0, sources: ['aws', 'hetzner'], failed: [] });
    const place = { type: 't3.micro', zone: 'eu-central-1a', labels: { role: 'web' } };
    expect(found[0]).toEqual({ name: 'web-1', source: 'aws', state: 'running', ...place, key: expect.any(String) });
    expect(JSON.stringify(found)).not.toContain('i-web-1');
    expect(found[0]?.key).not.toBe(found[1]?.key);
    expect((await instances.list()).instances).toEqual(found);
  });

  it('tell no address, path or control character', async () => {
    const hostile = [
      machine('10.0.0.1'),
      machine('ip-10-0-0-2'),
      machine('db.corp.example.com'),
      machine(''),
      machine('web\u001b[2J\nname: evil\u202e', {
        type: 't3\u001b]0;x\u0007',
        zone: '10.0.0.3',
        labels: { at: '10.0.0.4', home: '/home/ops', note: 'a\u0000b', role: 'web' },
      }),
    ];
    const { instances } = call({ aws: { machines: hostile } });
    const { instances: found, leftOut } = await instances.list();
    expect(leftOut).toBe(4);
    expect(found).toMatchObject([
      { name: 'web-2J-name:-evil', type: 't3-0-x-', zone: null, labels: { note: 'a b', role: 'web' } },
    ]);
    expect(Object.keys(found[0]?.labels ?? {})).toEqual(['note', 'role']);
  });

  it('that are none are left out', async () => {
    const broken = [null, 7, { name: 'x' }, machine('web-1', { state: 'exploded' as 'other' }), machine('db-1')];
    const { instances } = call({ aws: { machines: broken as FoundInstance[] } });
    expect(await instances.list()).toMatchObject({ instances: [{ name: 'db-1' }], leftOut: 4 });
  });

  it('may be ten thousand, and no more than a source of servers may find', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => machine(`web-${at}`));
    const { instances } = call({ aws: { machines: many }, gcp: { machines: [...many, ...many, machine('x')] } });
    const { instances: found, failed } = await instances.list();
    expect([found.length, failed]).toEqual([10_000, [{ source: 'gcp', reason: 'gcp did not answer as it should.' }]]);
  });

  it('are not told of where servers.yaml is broken, and neither is where it lies', async () => {
    const broken = new ServonautError('config_invalid', {
      message: '/home/ops/servers.yaml: sources[0].token is wrong',
    });
    const { instances, told } = call({}, { sources: { ...cloudsOf({}), read: () => Promise.reject(broken) } });
    const error = await instances.list().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(JSON.stringify([error, (error as Error).message])).not.toMatch(/home|token/);
    expect(told.join()).toContain('/home/ops/servers.yaml');
  });

  it('of one source are there when another one fails, whose words only the operator sees', async () => {
    const failure = new Error('arn:aws:iam::123456789012:user/x from 10.0.0.1');
    const { instances, told } = call({ aws: { failure }, hetzner: { machines: [machine('web-1')] } });
    expect(await instances.list()).toMatchObject({
      instances: [{ source: 'hetzner' }],
      sources: ['aws', 'hetzner'],
      failed: [{ source: 'aws', reason: 'aws did not answer as it should.' }],
    });
    expect(told).toEqual(['aws: arn:aws:iam::123456789012:user/x from 10.0.0.1.']);
  });

  it('of a source that never answers are waited for no longer than one may take', async () => {
    const { instances } = call({ aws: { isSilent: true }, hetzner: { machines: [machine('web-1')] } });
    expect(await instances.list()).toMatchObject({ instances: [{ source: 'hetzner' }], failed: [{ source: 'aws' }] });
  });

  it('are asked of one source alone where it is named', async () => {
    const { instances } = call({ aws: { failure: new Error('x') }, hetzner: { machines: [] } });
    expect(await instances.list('hetzner')).toMatchObject({ sources: ['hetzner'], failed: [] });
    await expect(instances.list('azure')).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('aws, hetzner'),
    });
  });

  it('are only those that would be servers of a limited principal', async () => {
    const principal = { kind: 'credential' as const, id: 'c', label: 'bot', servers: ['web-*', 'label:role=db'] };
    const machines = [machine('web-1'), machine('db-1', { labels: { role: 'db' } }), machine('secret-1'), machine('')];
    const { instances } = call({ aws: { machines } }, { principal });
    const { instances: found, leftOut } = await instances.list();
    expect([found.map(({ name }) => name), leftOut]).toEqual([['web-1', 'db-1'], 0]);
  });
});

describe('a change of an instance', () => {
  it('reaches the source by its own id', async () => {
    const aws: Cloud = { machines: [machine('web-1')] };
    const { instances } = call({ aws });
    await instances.change(await one(instances), 'stop');
    expect(aws.asked).toEqual(['stop i-web-1']);
    expect(await instances.state(await one(instances))).toBe('running');
  });

  it.each(['read-only', 'mutating'] as const)('is refused in a call that was to be %s', async (decided) => {
    const aws: Cloud = { machines: [machine('web-1')] };
    const { instances } = call({ aws }, { decided });
    const refused = { code: 'policy_denied', facts: { rule: 'tool.effect' } };
    await expect(instances.change(await one(instances), 'stop')).rejects.toMatchObject(refused);
    expect(aws.asked).toBeUndefined();
  });

  it('is refused for what the call has not listed', async () => {
    const listed = await one(call({ aws: { machines: [machine('web-1')] } }).instances);
    const aws: Cloud = { machines: [machine('web-1')] };
    await expect(call({ aws }).instances.change(listed, 'stop')).rejects.toMatchObject({ code: 'not_found' });
    expect(aws.asked).toBeUndefined();
  });

  it.each([
    [
      'cloud_refused',
      'cloud_refused',
      `aws does not let the operator's credentials do this. It takes the permission to write.`,
    ],
    ['config_invalid', 'cloud_refused', `The operator's credentials for aws are missing, or aws does not take them.`],
    ['unavailable', 'unavailable', 'aws did not answer as it should.'],
  ] as const)('that fails by %s is told without the words of the cloud', async (code, known, message) => {
    const aws: Cloud = { machines: [machine('web-1')] };
    const { instances, told } = call({ aws });
    const instance = await one(instances);
    aws.failure = new ServonautError(code, { message: 'account 123456789012 with token hcloud-secret' });
    await expect(instances.change(instance, 'stop')).rejects.toMatchObject({ code: known, message });
    expect(told).toEqual([expect.stringContaining('aws: account 123456789012')]);
  });

  it('is nothing that a source without it can do', async () => {
    const source = defineInventorySource({
      kind: 'shelf',
      options: z.object({}),
      list: async () => [],
      instances: async () => [machine('web-1')],
    });
    const { instances } = call({}, { sources: cloudsOf({}, source) });
    await expect(instances.change(await one(instances), 'stop')).rejects.toMatchObject({ code: 'not_found' });
  });
});
