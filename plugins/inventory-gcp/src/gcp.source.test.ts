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
import { gcpSource } from './gcp.source.ts';

const ZONES = 'https://www.googleapis.com/compute/v1/projects/ops-1/zones';

/** As Compute Engine answers, cut to a part of its fields. */
function instance(id: number, changes: object = {}) {
  return {
    kind: 'compute#instance',
    id: `518232212345678909${id}`,
    name: `web-${id}`,
    status: 'RUNNING',
    machineType: `${ZONES}/europe-west3-a/machineTypes/e2-small`,
    zone: `${ZONES}/europe-west3-a`,
    tags: { items: ['http'], fingerprint: 'x' },
    labels: { role: 'web', 'goog-ops-agent-policy': 'v2' },
    networkInterfaces: [
      {
        name: 'nic0',
        networkIP: `10.156.0.${id}`,
        accessConfigs: [{ type: 'ONE_TO_ONE_NAT', natIP: `192.0.2.${id}` }],
      },
    ],
    ...changes,
  };
}

const empty = { warning: { code: 'NO_RESULTS_ON_PAGE', message: 'There are no results for scope on this page.' } };

function page({ query }: ReplayedRequest) {
  const kind = 'compute#instanceAggregatedList';
  if (query.get('pageToken') === 'more') {
    const inner = { networkInterfaces: [{ networkIP: '10.0.0.9' }], labels: undefined, tags: {} };
    return { kind, items: { 'zones/us-east1-b': { instances: [instance(2, inner)] } } };
  }
  const items = { 'zones/europe-west3-a': { instances: [instance(1)] }, 'zones/us-east1-b': empty };
  return { kind, items, nextPageToken: 'more' };
}

describe('Compute Engine', () => {
  let cloud: ReplayServer;
  let folder: string;
  let answer: (request: ReplayedRequest) => { status?: number; headers?: Record<string, string>; body: unknown };

  beforeEach(async () => {
    answer = (request) => ({ body: page(request) });
    cloud = await replayServer((request) => {
      if (request.path !== '/token') return answer(request);
      const token = { access_token: 'ya29.x', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
      return { body: { ...token, token_type: 'Bearer', expires_in: 3600 } };
    });
    folder = mkdtempSync(join(tmpdir(), 'servonaut-gcp-'));
    writeFileSync(join(folder, 'subject'), 'a token of elsewhere');
    const credentials = {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${cloud.url}/token`,
      credential_source: { file: join(folder, 'subject') },
    };
    writeFileSync(join(folder, 'credentials.json'), JSON.stringify(credentials));
    process.env['GOOGLE_CLOUD_PROJECT'] = 'ops-1';
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = join(folder, 'credentials.json');
  });
  afterEach(async () => {
    delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
    delete process.env['GOOGLE_CLOUD_PROJECT'];
    rmSync(folder, { recursive: true, force: true });
    await cloud.close();
  });

  const options = () => ({ endpoint: cloud.url });
  const list = (more: object = {}) => listSource(gcpSource, { ...options(), ...more });

  it('is asked for all pages of running instances, with the credentials of the operator', async () => {
    expect(await list({ filter: 'labels.env=prod' })).toEqual({
      servers: [
        {
          name: 'web-1',
          host: '192.0.2.1',
          labels: { region: 'europe-west3', zone: 'europe-west3-a', role: 'web', 'tag.http': 'true' },
        },
      ],
      warnings: ['1 without a public address left out.'],
    });
    const asked = cloud.requests.filter(({ path }) => path !== '/token');
    expect(asked.map(({ path }) => path)).toEqual(Array(2).fill('/compute/v1/projects/ops-1/aggregated/instances'));
    expect(Object.fromEntries(asked[1]?.query ?? [])).toEqual({
      filter: '(status = RUNNING) AND (labels.env=prod)',
      maxResults: '500',
      returnPartialSuccess: 'true',
      pageToken: 'more',
    });
    expect(asked[0]?.headers.authorization).toBe('Bearer ya29.x');
  });

  it.each([
    { unreachables: ['zones/us-east1-b'] },
    { items: { 'zones/us-east1-b': { warning: { code: 'UNREACHABLE', message: 'The zone is unreachable.' } } } },
    { warning: { code: 'NOT_CRITICAL_ERROR', message: 'Part of it failed.' } },
  ])('is not taken for all that there is when a part could not be asked: %j', async (part) => {
    const kind = 'compute#instanceAggregatedList';
    const { items, ...others } = { items: {}, ...part };
    const known = { 'zones/europe-west3-a': { instances: [instance(1)] } };
    answer = () => ({ body: { kind, items: { ...known, ...items }, ...others } });
    await expect(list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is asked project by project', async () => {
    expect((await list({ projects: ['ops-1', 'ops-2'] })).servers).toHaveLength(2);
    expect(cloud.requests.filter(({ path }) => path.includes('/projects/ops-2/'))).toHaveLength(2);
  });

  it('gives private addresses when they are wanted', async () => {
    expect((await list({ address: 'private' })).servers.map(({ host }) => host)).toEqual(['10.156.0.1', '10.0.0.9']);
  });

  it('is asked again when it limits the rate', async () => {
    let isBusy = true;
    answer = (request) => {
      const body = { error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } };
      const given = isBusy ? { status: 429, headers: { 'retry-after': '0' }, body } : { body: page(request) };
      isBusy = false;
      return given;
    };
    expect((await list()).servers).toHaveLength(1);
  });

  it('says what it does not allow', async () => {
    const message = "Required 'compute.instances.list' permission for 'projects/ops-1'";
    answer = () => ({ status: 403, body: { error: { code: 403, message, errors: [] } } });
    await expect(list()).rejects.toThrow(`Google Cloud answered 403 (${message}).`);
  });

  const instances = (more: object = {}) => sourceInstances(gcpSource, { ...options(), ...more });
  const WEB = '/compute/v1/projects/ops-1/zones/europe-west3-a/instances/5182322123456789091';

  it('tells of instances in every state, without their addresses', async () => {
    const states = ['RUNNING', 'PROVISIONING', 'STAGING', 'STOPPING', 'TERMINATED', 'SUSPENDED', 'REPAIRING'];
    const found = states.map((status, index) => instance(index, { status }));
    answer = () => ({ body: { items: { 'zones/europe-west3-a': { instances: found } } } });
    const known = await instances({ filter: 'labels.env=prod' }).list();
    expect(known.map(({ state }) => state)).toEqual([
      'running',
      'starting',
      'starting',
      'stopping',
      'stopped',
      'other',
      'other',
    ]);
    expect(known[1]).toEqual({
      id: WEB,
      name: 'web-1',
      state: 'starting',
      type: 'e2-small',
      zone: 'europe-west3-a',
      labels: { region: 'europe-west3', zone: 'europe-west3-a', role: 'web', 'tag.http': 'true' },
    });
    expect(cloud.requests.at(-1)?.query.get('filter')).toBe('labels.env=prod');
  });

  it('is asked to start, stop and reset, and for the state of one', async () => {
    answer = ({ method }) =>
      method === 'GET' ? { body: instance(1, { status: 'STOPPING' }) } : { body: { kind: 'compute#operation' } };
    for (const action of ['start', 'stop', 'reboot'] as const) await instances().change(WEB, action);
    expect(await instances().state(WEB)).toBe('stopping');
    const asked = cloud.requests.filter(({ path }) => path !== '/token');
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST ${WEB}/start`,
      `POST ${WEB}/stop`,
      `POST ${WEB}/reset`,
      `GET ${WEB}`,
    ]);
  });

  it('says when the credentials may only read', async () => {
    const message =
      "Required 'compute.instances.stop' permission for 'projects/ops-1/zones/europe-west3-a/instances/web-1'";
    answer = () => ({ status: 403, body: { error: { code: 403, message, errors: [] } } });
    await expect(instances().change(WEB, 'stop')).rejects.toMatchObject({ code: 'cloud_refused' });
  });

  it('is given up when its pages do not end', async () => {
    answer = () => ({ body: { items: {}, nextPageToken: 'more' } });
    await expect(instances().list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps the promises of every source', async () => {
    await checkSource(gcpSource, options());
  });
});
