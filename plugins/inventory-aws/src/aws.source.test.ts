import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkSource,
  listSource,
  replayServer,
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

  it('keeps the promises of every source', async () => {
    await checkSource(awsSource, { endpoint: cloud.url, profile: 'ops' });
  });
});
