import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { replayServer, type ReplayedRequest, type ReplayServer } from '@servonaut/plugin-sdk/testing';
import { CloudApi } from '@servonaut/plugin-sdk/cloud';
import { azureSource } from './azure.source.ts';
import { changeMachine, instancesOf, machineState } from './machines.ts';
import { runningMachines } from './resources.ts';
import { serversOf } from './servers.ts';

const GROUP = '/subscriptions/6f2a0000-0000-4000-8000-000000000001/resourceGroups/ops/providers';

function machine(name: string, changes: object = {}) {
  const reference = { id: `${GROUP}/Microsoft.Network/networkInterfaces/${name}-NIC`, properties: { primary: true } };
  return {
    id: `${GROUP}/Microsoft.Compute/virtualMachines/${name}`,
    name,
    location: 'westeurope',
    tags: { role: 'web', 'hidden-link:/subscriptions/6f2a/x': 'Resource' },
    interfaces: [reference],
    ...changes,
  };
}

function nic(name: string, id: number, publicAddress?: string) {
  const publicIPAddress = publicAddress && { id: `${GROUP}/Microsoft.Network/publicIPAddresses/${publicAddress}` };
  const secondary = { properties: { primary: false, privateIPAddress: '10.9.9.9' } };
  const primary = { properties: { primary: true, privateIPAddress: `10.0.0.${id}`, publicIPAddress } };
  // The ids of Azure differ in their case from place to place.
  return { id: `${GROUP}/microsoft.network/networkinterfaces/${name}-nic`, configurations: [secondary, primary] };
}

/** Rows of each of the three questions, page by page. */
const ROWS: Record<string, unknown[][]> = {
  virtualmachines: [[machine('web-1')], [machine('web-2'), machine('web-3', { tags: null, interfaces: null })]],
  networkinterfaces: [[nic('web-1', 1, 'WEB-1-IP'), nic('web-2', 2)]],
  publicipaddresses: [[{ id: `${GROUP}/Microsoft.Network/publicIPAddresses/web-1-ip`, address: '192.0.2.1' }]],
};

function page({ body }: ReplayedRequest) {
  const { query, options } = JSON.parse(body) as { query: string; options: { $skipToken?: string } };
  const pages = ROWS[/'microsoft\.\w+\/(\w+)'/.exec(query)?.[1] ?? ''] ?? [];
  const number = Number(options.$skipToken ?? 0);
  const data = pages[number] ?? [];
  const more = number + 1 < pages.length ? { $skipToken: String(number + 1) } : {};
  return { totalRecords: pages.flat().length, count: data.length, data, facets: [], resultTruncated: 'false', ...more };
}

/** The SDK sends credentials over TLS only, as it should; the last step to the server on this machine goes without. */
const toLoopback: HttpClient = {
  sendRequest: (request) => {
    request.url = request.url.replace(/^https:/, 'http:');
    request.allowInsecureConnection = true;
    return createDefaultHttpClient().sendRequest(request);
  },
};

describe('Azure', () => {
  let cloud: ReplayServer;
  let answer: (request: ReplayedRequest) => { status?: number; headers?: Record<string, string>; body: unknown };
  beforeEach(async () => {
    answer = (request) => ({ body: page(request) });
    cloud = await replayServer((request) => answer(request));
  });
  afterEach(() => cloud.close());

  const graph = () => {
    const credential = { getToken: async () => ({ token: 'secret', expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const endpoint = cloud.url.replace('http:', 'https:');
    return new ResourceGraphClient(credential, { endpoint, httpClient: toLoopback });
  };
  const list = async (kind: 'public' | 'private' = 'public', subscriptions?: string[]) => {
    const { signal } = new AbortController();
    return serversOf(await runningMachines({ client: graph(), subscriptions, signal }), kind);
  };
  const manager = () => {
    const { signal } = new AbortController();
    const credentials = () => ({ authorization: 'Bearer secret' });
    return new CloudApi({ service: 'Azure', endpoint: cloud.url, credentials, signal });
  };
  const ID = `${GROUP}/Microsoft.Compute/virtualMachines/web-1`;
  const VM = '5c0d7a3e-0000-4000-8000-00000000000a';

  it('tells of machines in every state, without their addresses', async () => {
    const states = ['running', 'starting', 'stopping', 'deallocating', 'stopped', 'deallocated', 'unknown'];
    const data = states.map((state, index) => ({
      ...machine(`web-${index}`),
      zones: ['1'],
      vm: VM,
      size: 'Standard_B2s',
      power: `PowerState/${state}`,
    }));
    answer = () => ({ body: { totalRecords: 7, count: 7, data, facets: [], resultTruncated: 'false' } });
    const { signal } = new AbortController();
    const found = await instancesOf({ client: graph(), subscriptions: undefined, signal });
    expect(found.map(({ state }) => state)).toEqual([
      'running',
      'starting',
      'stopping',
      'stopping',
      'stopped',
      'stopped',
      'other',
    ]);
    const place = { type: 'Standard_B2s', zone: 'westeurope-1' };
    const labels = { region: 'westeurope', role: 'web' };
    expect(found[1]).toEqual({ id: `${ID}#${VM}`, name: 'web-1', state: 'starting', labels, ...place });
  });

  it('is asked to start, deallocate and restart, and for the state of one at its own provider', async () => {
    const statuses = [{ code: 'ProvisioningState/succeeded' }, { code: 'PowerState/deallocated' }];
    answer = ({ method }) => (method === 'GET' ? { body: { statuses } } : { status: 202, body: '' });
    for (const action of ['start', 'stop', 'reboot'] as const) await changeMachine(manager(), `${ID}#${VM}`, action);
    expect(await machineState(manager(), `${ID}#${VM}`)).toBe('stopped');
    expect(cloud.requests.map(({ method, path, query }) => `${method} ${path}?${query}`)).toEqual([
      `POST ${ID}/start?api-version=2024-07-01`,
      `POST ${ID}/deallocate?api-version=2024-07-01`,
      `POST ${ID}/restart?api-version=2024-07-01`,
      `GET ${ID}/instanceView?api-version=2024-07-01`,
    ]);
  });

  it.each([
    '//evil.example/',
    `${ID}/../../../x`,
    `${ID}?x`,
    `${ID}#x/../`,
    `${ID}/delete`,
    ID.replace('web-1', '..'),
    `.evil.example${ID}`,
  ])('sends the token nowhere for the id %s', async (id) => {
    await expect(changeMachine(manager(), id, 'stop')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(machineState(manager(), id)).rejects.toMatchObject({ code: 'unavailable' });
    expect(cloud.requests).toEqual([]);
  });

  it('says when the credentials may only read', async () => {
    const message =
      "The client 'x' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/start/action'";
    answer = () => ({ status: 403, body: { error: { code: 'AuthorizationFailed', message } } });
    await expect(changeMachine(manager(), ID, 'start')).rejects.toMatchObject({ code: 'cloud_refused' });
  });

  it('is given up when its pages do not end', async () => {
    answer = () => ({ body: { totalRecords: 0, count: 0, data: [], resultTruncated: 'false', $skipToken: 'x' } });
    const { signal } = new AbortController();
    const endless = instancesOf({ client: graph(), subscriptions: undefined, signal });
    await expect(endless).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is asked for all pages of running machines, their interfaces and addresses', async () => {
    expect(await list()).toEqual([
      { name: 'web-1', host: '192.0.2.1', labels: { region: 'westeurope', role: 'web' } },
      undefined,
      undefined,
    ]);
    expect(cloud.requests).toHaveLength(4);
    expect(cloud.requests[0]).toMatchObject({
      method: 'POST',
      path: '/providers/Microsoft.ResourceGraph/resources',
      headers: { authorization: 'Bearer secret' },
    });
    expect(cloud.requests.filter(({ body }) => body.includes('PowerState/running'))).toHaveLength(2);
  });

  it('gives private addresses when they are wanted, the primary one first', async () => {
    const servers = await list('private', ['6f2a0000-0000-4000-8000-000000000001']);
    expect(servers.map((server) => server?.host)).toEqual(['10.0.0.1', '10.0.0.2', undefined]);
    expect(JSON.parse(cloud.requests[0]?.body ?? '')).toMatchObject({
      subscriptions: ['6f2a0000-0000-4000-8000-000000000001'],
    });
  });

  it('is asked again when it limits the rate', async () => {
    let isBusy = true;
    answer = (request) => {
      const body = { error: { code: 'RateLimiting', message: 'Please provide below info when asking for support' } };
      const given = isBusy ? { status: 429, headers: { 'retry-after': '0' }, body } : { body: page(request) };
      isBusy = false;
      return given;
    };
    expect((await list())[0]?.host).toBe('192.0.2.1');
  });

  it('says what it does not allow', async () => {
    const message =
      "The client 'x' does not have authorization to perform action 'Microsoft.ResourceGraph/resources/read'";
    answer = () => ({ status: 403, body: { error: { code: 'AuthorizationFailed', message } } });
    await expect(list()).rejects.toThrow(message);
  });

  it('takes subscriptions by their ids', () => {
    expect(azureSource.options.safeParse({ subscriptions: ['ops'] }).success).toBe(false);
    expect(azureSource.options.safeParse({ endpoint: 'http://management.example.com' }).success).toBe(false);
  });
});
