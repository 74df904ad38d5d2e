import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkSource,
  listSource,
  replayServer,
  sourceInstances,
  type ReplayedRequest,
  type ReplayServer,
} from '@servonaut/plugin-sdk/testing';
import { hetznerSource } from './hetzner.source.ts';

/** As the interface answers, cut to a part of its fields. */
function machine(id: number, changes: object = {}) {
  return {
    id,
    name: `web-${id}`,
    status: 'running',
    created: '2026-01-30T23:50:00+00:00',
    public_net: {
      ipv4: { id: 1, ip: `192.0.2.${id}`, blocked: false, dns_ptr: 'server01.example.com' },
      ipv6: { id: 2, ip: '2001:db8:1::/64', blocked: false, dns_ptr: [] },
      floating_ips: [],
      firewalls: [],
    },
    private_net: [{ network: 4711, ip: `10.0.0.${id}`, alias_ips: [], mac_address: '86:00:ff:2a:7d:e1' }],
    server_type: { id: 1, name: 'cx22' },
    datacenter: { id: 1, name: 'fsn1-dc14', location: { id: 1, name: 'fsn1', country: 'DE' } },
    labels: { role: 'web' },
    ...changes,
  };
}

function page(query: URLSearchParams) {
  const number = Number(query.get('page'));
  const meta = {
    pagination: {
      page: number,
      per_page: 50,
      previous_page: null,
      next_page: number < 2 ? number + 1 : null,
      last_page: 2,
      total_entries: 3,
    },
  };
  const v6 = { ipv4: null, ipv6: { ip: '2001:db8:7::/64' } };
  const servers = number === 1 ? [machine(1), machine(2, { public_net: v6 })] : [machine(3, { private_net: [] })];
  return { servers, meta };
}

let cloud: ReplayServer;
let answer: (request: ReplayedRequest) => { status?: number; headers?: Record<string, string>; body: unknown };
beforeEach(async () => {
  answer = ({ query }) => ({ body: page(query) });
  cloud = await replayServer((request) => answer(request));
});
afterEach(() => cloud.close());

const env = { HCLOUD_TOKEN: 'secret' };
const list = (options: object = {}, given: Record<string, string> = env) =>
  listSource(hetznerSource, { endpoint: cloud.url, ...options }, { env: given });

describe('Hetzner Cloud', () => {
  it('is asked for all pages of running servers', async () => {
    expect(await list({ label_selector: 'env=prod' })).toEqual({
      servers: [
        { name: 'web-1', host: '192.0.2.1', labels: { role: 'web', region: 'fsn1' } },
        { name: 'web-2', host: '2001:db8:7::1', labels: { role: 'web', region: 'fsn1' } },
        { name: 'web-3', host: '192.0.2.3', labels: { role: 'web', region: 'fsn1' } },
      ],
      warnings: [],
    });
    expect(cloud.requests.map(({ path, query }) => `${path}?${query}`)).toEqual([
      '/servers?status=running&page=1&per_page=50&sort=id&label_selector=env%3Dprod',
      '/servers?status=running&page=2&per_page=50&sort=id&label_selector=env%3Dprod',
    ]);
    expect(cloud.requests[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('gives private addresses when they are wanted, and says what has none', async () => {
    const { servers, warnings } = await list({ address: 'private' });
    expect(servers.map(({ host }) => host)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(warnings).toEqual(['1 without a private address left out.']);
  });

  it('is asked again when it limits the rate', async () => {
    let isBusy = true;
    answer = ({ query }) => {
      const body = { error: { code: 'rate_limit_exceeded', message: 'limit of 3600 requests per hour reached' } };
      const busy = { status: 429, headers: { 'retry-after': '0', 'ratelimit-remaining': '0' }, body };
      const given = isBusy ? busy : { body: page(query) };
      isBusy = false;
      return given;
    };
    expect((await list()).servers).toHaveLength(3);
  });

  it('says when the token is not good, or not there', async () => {
    answer = () => ({
      status: 401,
      body: { error: { code: 'unauthorized', message: 'unable to authenticate', details: null } },
    });
    await expect(list()).rejects.toThrow('Hetzner Cloud answered 401 (unable to authenticate).');
    await expect(list({}, {})).rejects.toThrow('HCLOUD_TOKEN is not set.');
  });

  const instances = (given = env) => sourceInstances(hetznerSource, { endpoint: cloud.url }, { env: given });

  it('tells of servers in every state, without their addresses', async () => {
    const states = ['running', 'initializing', 'starting', 'stopping', 'off', 'migrating', 'deleting'];
    const servers = states.map((status, index) => machine(index, { status }));
    answer = () => ({ body: { servers, meta: { pagination: { next_page: null } } } });
    const found = await instances().list();
    expect(found.map(({ state }) => state)).toEqual([
      'running',
      'other',
      'starting',
      'stopping',
      'stopped',
      'other',
      'other',
    ]);
    const labels = { region: 'fsn1', role: 'web' };
    expect(found[0]).toEqual({ id: '0', name: 'web-0', state: 'running', type: 'cx22', zone: 'fsn1', labels });
    expect(String(cloud.requests[0]?.query)).toBe('page=1&per_page=50&sort=id');
  });

  it('is asked for actions that the operating system heeds, and for the state of one', async () => {
    answer = ({ method }) =>
      method === 'GET' ? { body: { server: machine(7) } } : { status: 201, body: { action: {} } };
    for (const action of ['start', 'stop', 'reboot'] as const) await instances().change('7', action);
    expect(await instances().state('7')).toBe('running');
    expect(cloud.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /servers/7/actions/poweron',
      'POST /servers/7/actions/shutdown',
      'POST /servers/7/actions/reboot',
      'GET /servers/7',
    ]);
  });

  it('says when the token may only read', async () => {
    const error = { code: 'token_readonly', message: 'Unable to write with a readonly token' };
    answer = () => ({ status: 403, body: { error } });
    await expect(instances().change('7', 'stop')).rejects.toMatchObject({ code: 'cloud_refused' });
  });

  it('is given up when its pages do not end', async () => {
    answer = () => ({ body: { servers: [], meta: { pagination: { next_page: 1 } } } });
    await expect(instances().list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps the promises of every source', async () => {
    await checkSource(hetznerSource, { endpoint: cloud.url }, { env });
  });
});
