import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkSource,
  listSource,
  replayServer,
  sourceInstances,
  type ReplayedRequest,
  type ReplayServer,
} from '@servonaut/plugin-sdk/testing';
import { digitalOceanSource } from './digitalocean.source.ts';

/** As the interface answers, cut to a part of its fields. */
function droplet(id: number, changes: object = {}) {
  return {
    id: 3_164_440 + id,
    name: `web-${id}`,
    memory: 1024,
    size_slug: 's-1vcpu-1gb',
    status: 'active',
    networks: {
      v4: [
        { ip_address: `10.128.0.${id}`, netmask: '255.255.0.0', gateway: '10.128.0.1', type: 'private' },
        { ip_address: `192.0.2.${id}`, netmask: '255.255.240.0', gateway: '192.0.2.254', type: 'public' },
      ],
      v6: [{ ip_address: '2604:a880:0:1010::18a:a001', netmask: 64, gateway: '2604:a880:0:1010::1', type: 'public' }],
    },
    region: { name: 'New York 3', slug: 'nyc3', features: [], available: true },
    tags: ['env:prod', 'web'],
    vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
    ...changes,
  };
}

function page(request: ReplayedRequest) {
  const number = Number(request.query.get('page'));
  const next = `https://api.digitalocean.com/v2/droplets?page=${number + 1}&per_page=200`;
  const first = [droplet(1), droplet(2, { status: 'off' })];
  const droplets = number === 1 ? first : [droplet(3, { networks: { v4: [], v6: [] } }), droplet(4)];
  return { droplets, links: number === 1 ? { pages: { next, last: next } } : {}, meta: { total: 4 } };
}

let cloud: ReplayServer;
let answer: (request: ReplayedRequest) => { status?: number; headers?: Record<string, string>; body: unknown };
beforeEach(async () => {
  answer = (request) => ({ body: page(request) });
  cloud = await replayServer((request) => answer(request));
});
afterEach(() => cloud.close());

const env = { DIGITALOCEAN_TOKEN: 'secret' };
const list = (options: object = {}, given: Record<string, string> = env) =>
  listSource(digitalOceanSource, { endpoint: cloud.url, ...options }, { env: given });

describe('DigitalOcean', () => {
  it('is asked for all pages, of which running droplets are taken', async () => {
    const labels = { region: 'nyc3', env: 'prod', 'tag.web': 'true' };
    expect(await list({ tag: 'prod' })).toEqual({
      servers: [
        { name: 'web-1', host: '192.0.2.1', labels },
        { name: 'web-4', host: '192.0.2.4', labels },
      ],
      warnings: ['1 without a public address left out.'],
    });
    expect(cloud.requests.map(({ path, query }) => `${path}?${query}`)).toEqual([
      '/v2/droplets?page=1&per_page=200&tag_name=prod',
      '/v2/droplets?page=2&per_page=200&tag_name=prod',
    ]);
    expect(cloud.requests[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('gives private addresses when they are wanted', async () => {
    expect((await list({ address: 'private' })).servers.map(({ host }) => host)).toEqual(['10.128.0.1', '10.128.0.4']);
  });

  it('is asked again when it limits the rate', async () => {
    let isBusy = true;
    answer = (request) => {
      const body = { id: 'too_many_requests', message: 'API rate limit exceeded.' };
      const given = isBusy ? { status: 429, headers: { 'retry-after': '0' }, body } : { body: page(request) };
      isBusy = false;
      return given;
    };
    expect((await list()).servers).toHaveLength(2);
  });

  it('says when the token is not good, or not there', async () => {
    answer = () => ({ status: 401, body: { id: 'Unauthorized', message: 'Unable to authenticate you' } });
    await expect(list()).rejects.toThrow('DigitalOcean answered 401 (Unable to authenticate you).');
    await expect(list({}, {})).rejects.toThrow('DIGITALOCEAN_ACCESS_TOKEN or DIGITALOCEAN_TOKEN is not set.');
    await expect(list({ token_variable: 'DO' }, { DO: '' })).rejects.toThrow('DO is not set.');
  });

  const instances = () => sourceInstances(digitalOceanSource, { endpoint: cloud.url }, { env });

  it('tells of droplets in every state, without their addresses', async () => {
    const droplets = ['active', 'off', 'new', 'archive'].map((status, index) => droplet(index, { status }));
    answer = () => ({ body: { droplets, links: {} } });
    const found = await instances().list();
    expect(found.map(({ state }) => state)).toEqual(['running', 'stopped', 'other', 'other']);
    const labels = { region: 'nyc3', env: 'prod', 'tag.web': 'true' };
    const place = { type: 's-1vcpu-1gb', zone: 'nyc3' };
    expect(found[0]).toEqual({ id: '3164440', name: 'web-0', state: 'running', labels, ...place });
  });

  it('is asked for actions that the operating system heeds, and for the state of one', async () => {
    const action = { id: 36804636, status: 'in-progress', type: 'shutdown', resource_id: 3164444 };
    answer = ({ method }) =>
      method === 'GET' ? { body: { droplet: droplet(4, { status: 'off' }) } } : { status: 201, body: { action } };
    for (const change of ['start', 'stop', 'reboot'] as const) await instances().change('3164444', change);
    expect(await instances().state('3164444')).toBe('stopped');
    expect(cloud.requests.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
      'POST /v2/droplets/3164444/actions {"type":"power_on"}',
      'POST /v2/droplets/3164444/actions {"type":"shutdown"}',
      'POST /v2/droplets/3164444/actions {"type":"reboot"}',
      'GET /v2/droplets/3164444 ',
    ]);
  });

  it('says when the token may only read', async () => {
    answer = () => ({
      status: 403,
      body: { id: 'Forbidden', message: 'You do not have access for the attempted action.' },
    });
    await expect(instances().change('1', 'stop')).rejects.toMatchObject({ code: 'cloud_refused' });
  });

  it('is given up when its pages do not end', async () => {
    answer = () => ({ body: { droplets: [], links: { pages: { next: 'https://192.0.2.1/' } } } });
    await expect(instances().list()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps the promises of every source', async () => {
    await checkSource(digitalOceanSource, { endpoint: cloud.url }, { env });
  });
});
