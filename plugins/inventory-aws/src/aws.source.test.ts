import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkSource,
  listSource,
  replayServer,
  sourceInstances,
  type ReplayedRequest,
  type ReplayServer,
} from '@servonaut/plugin-sdk/testing';
import { awsSource } from './aws.source.ts';

const tag = (key: string, value: string) => `<item><key>${key}</key><value>${value}</value></item>`;

/** As EC2 answers, cut to a part of its fields. */
function instance(id: number, tags: string, addresses = `<ipAddress>192.0.2.${id}</ipAddress>`): string {
  return `<item><reservationId>r-0${id}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>
    <instanceId>i-0abcdef123456789${id}</instanceId><imageId>ami-0abcd</imageId>
    <instanceState><code>16</code><name>running</name></instanceState>
    <privateDnsName>ip-10-0-0-${id}.ec2.internal</privateDnsName><keyName>ops</keyName>
    <instanceType>t3.micro</instanceType><placement><availabilityZone>eu-central-1a</availabilityZone></placement>
    <privateIpAddress>10.0.0.${id}</privateIpAddress>${addresses}<tagSet>${tags}</tagSet></item></instancesSet></item>`;
}

const answered = (items: string, next = '') =>
  `<?xml version="1.0" encoding="UTF-8"?><DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>8f7724cf-496f-496e-8fe3-example</requestId><reservationSet>${items}</reservationSet>${next}</DescribeInstancesResponse>`;

const failed = (code: string, message: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>x</RequestID></Response>`;

function page({ body }: ReplayedRequest): string {
  if (body.includes('NextToken=more')) return answered(instance(3, '', ''));
  const theirs = tag('aws:cloudformation:stack-id', 'arn:aws:cloudformation:eu-central-1:123456789012:stack/x/1');
  const first = instance(1, tag('Name', 'web-1') + tag('role', 'web') + theirs);
  return answered(first + instance(2, tag('env', 'prod')), '<nextToken>more</nextToken>');
}

describe('EC2', () => {
  let cloud: ReplayServer;
  let folder: string;
  let answer: (request: ReplayedRequest) => { status?: number; body: unknown };
  const before = { ...process.env };

  beforeEach(async () => {
    answer = (request) => ({ body: page(request) });
    cloud = await replayServer((request) => answer(request));
    folder = mkdtempSync(join(tmpdir(), 'servonaut-aws-'));
    writeFileSync(
      join(folder, 'credentials'),
      '[ops]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n',
    );
    writeFileSync(join(folder, 'config'), '[profile ops]\nregion = eu-central-1\n');
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(folder, 'credentials');
    process.env['AWS_CONFIG_FILE'] = join(folder, 'config');
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
    process.env['AWS_MAX_ATTEMPTS'] = '3';
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    Object.assign(process.env, before);
    rmSync(folder, { recursive: true, force: true });
    await cloud.close();
  });

  const list = (options: object = {}) => listSource(awsSource, { endpoint: cloud.url, profile: 'ops', ...options });

  it('is asked for all pages of running instances, with the profile and the region of the operator', async () => {
    const { servers, warnings } = await list({ filters: { 'tag:env': ['prod'] } });
    expect(servers).toEqual([
      { name: 'web-1', host: '192.0.2.1', labels: { role: 'web', region: 'eu-central-1' } },
      { name: '', host: '192.0.2.2', labels: { env: 'prod', region: 'eu-central-1' } },
    ]);
    expect(warnings).toEqual(['1 without a public address left out.']);
    expect(cloud.requests).toHaveLength(2);
    const asked = new URLSearchParams(cloud.requests[0]?.body);
    expect(Object.fromEntries(asked)).toMatchObject({
      Action: 'DescribeInstances',
      'Filter.1.Name': 'instance-state-name',
      'Filter.1.Value.1': 'running',
      'Filter.2.Name': 'tag:env',
      MaxResults: '1000',
    });
    expect(cloud.requests[0]?.headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d+\/eu-central-1\/ec2/);
  });

  it('is asked region by region, for private addresses when they are wanted', async () => {
    const { servers } = await list({ regions: ['us-east-1', 'eu-west-3'], address: 'private' });
    expect(servers).toHaveLength(6);
    expect(servers.map(({ labels }) => labels['region'])).toEqual(expect.arrayContaining(['us-east-1', 'eu-west-3']));
    expect(servers[0]?.host).toBe('10.0.0.1');
  });

  it('is asked again when it limits the rate', async () => {
    let isBusy = true;
    answer = (request) => {
      const busy = { status: 503, body: failed('RequestLimitExceeded', 'Request limit exceeded.') };
      const given = isBusy ? busy : { body: page(request) };
      isBusy = false;
      return given;
    };
    expect((await list()).servers).toHaveLength(2);
  });

  it('says what it does not allow', async () => {
    answer = () => ({
      status: 403,
      body: failed('UnauthorizedOperation', 'You are not authorized to perform this operation.'),
    });
    await expect(list()).rejects.toThrow('You are not authorized to perform this operation.');
  });

  const instances = () => sourceInstances(awsSource, { endpoint: cloud.url, profile: 'ops' });
  const ID = 'eu-central-1/i-0abcdef1234567891';

  it('tells of instances that are there, without their addresses', async () => {
    const [first] = await instances().list();
    const place = { type: 't3.micro', zone: 'eu-central-1a' };
    const labels = { role: 'web', region: 'eu-central-1' };
    expect(first).toEqual({ id: ID, name: 'web-1', state: 'running', labels, ...place });
    const asked = new URLSearchParams(cloud.requests[0]?.body);
    expect([1, 2, 3, 4].map((at) => asked.get(`Filter.1.Value.${at}`))).toEqual([
      'pending',
      'running',
      'stopping',
      'stopped',
    ]);
  });

  it.each([
    ['pending', 'starting'],
    ['running', 'running'],
    ['stopping', 'stopping'],
    ['stopped', 'stopped'],
    ['shutting-down', 'other'],
    ['terminated', 'other'],
  ])('takes %s for %s', async (name, state) => {
    answer = () => ({ body: answered(instance(1, '').replace('<name>running<', `<name>${name}<`)) });
    expect(await instances().state(ID)).toBe(state);
    expect(cloud.requests[0]?.body).toContain('InstanceId.1=i-0abcdef1234567891');
  });

  it('is asked to start, stop and reboot, in the region of the instance', async () => {
    answer = ({ body }) => {
      const action = new URLSearchParams(body).get('Action');
      return {
        body: `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>x</requestId></${action}Response>`,
      };
    };
    for (const action of ['start', 'stop', 'reboot'] as const) await instances().change('us-east-1/i-1', action);
    const asked = cloud.requests.map(({ body }) => new URLSearchParams(body));
    expect(asked.map((one) => `${one.get('Action')} ${one.get('InstanceId.1')}`)).toEqual([
      'StartInstances i-1',
      'StopInstances i-1',
      'RebootInstances i-1',
    ]);
    expect(cloud.requests[0]?.headers.authorization).toContain('/us-east-1/ec2/');
  });

  it.each([
    ['UnauthorizedOperation', 'cloud_refused'],
    ['AuthFailure', 'config_invalid'],
  ])('says by a code what is wrong with the credentials: %s', async (code, known) => {
    answer = () => ({ status: 403, body: failed(code, 'User: arn:aws:iam::123456789012:user/x is not authorized.') });
    await expect(instances().change(ID, 'stop')).rejects.toMatchObject({ code: known });
  });

  it('is given up when its pages do not end', async () => {
    answer = () => ({ body: answered('', '<nextToken>more</nextToken>') });
    await expect(instances().list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps the promises of every source', async () => {
    await checkSource(awsSource, { endpoint: cloud.url, profile: 'ops' });
  });
});
