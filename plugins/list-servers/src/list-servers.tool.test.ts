import { describe, expect, it } from '@jest/globals';
import type { ServerEntry } from '@servonaut/plugin-sdk';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { listServers } from './list-servers.tool.ts';

const SERVERS: readonly ServerEntry[] = [
  { name: 'web-1', labels: { role: 'web', env: 'prod' } },
  { name: 'web-2', labels: { role: 'web', env: 'test' } },
  { name: 'db-1', labels: { role: 'db' } },
];

async function namesFor(filter: string | undefined, servers = SERVERS): Promise<string[] | undefined> {
  const { data } = await callTool(
    listServers,
    filter === undefined ? {} : { filter },
    localContext({ server: null, servers }),
  );
  return data?.servers.map(({ name }) => name);
}

describe('list_servers', () => {
  it('lists names and labels, and nothing else that an entry may carry', async () => {
    const leaky = { name: 'web-1', labels: { role: 'web' }, host: '10.0.0.1' };
    const { output, data } = await callTool(listServers, {}, localContext({ server: null, servers: [leaky] }));
    expect(data).toEqual({ servers: [{ name: 'web-1', labels: { role: 'web' } }], total: 1 });
    expect(output).toBe('web-1 role=web');
  });

  it.each([
    ['web-*', ['web-1', 'web-2']],
    ['*-1', ['web-1', 'db-1']],
    ['w*b-*2', ['web-2']],
    ['web-1', ['web-1']],
    ['web', []],
    ['web-1*1', []],
    ['*', ['web-1', 'web-2', 'db-1']],
    ['label:role=db', ['db-1']],
    ['label:role=*b', ['web-1', 'web-2', 'db-1']],
    ['label:env', ['web-1', 'web-2']],
    ['!label:role=web', ['db-1']],
    ['label:constructor', []],
    ['.*', []],
  ])('filters by %s', async (filter, expected) => {
    expect(await namesFor(filter)).toEqual(expected);
  });

  it('answers a hostile pattern at once', async () => {
    const servers = [{ name: 'a'.repeat(128), labels: {} }];
    expect(await namesFor(`${'*a'.repeat(60)}*b`, servers)).toEqual([]);
  });

  it('refuses a filter that could name no server', async () => {
    await expect(namesFor('web 1')).rejects.toThrow(/expected the name of a server/);
  });

  it('says so when nothing matches, and when there is nothing at all', async () => {
    const none = await callTool(listServers, { filter: 'x' }, localContext({ server: null, servers: SERVERS }));
    const empty = await callTool(listServers, {}, localContext({ server: null, servers: [] }));
    expect([none.output, empty.output]).toEqual(['No server matches "x".', 'This executor has no servers.']);
  });

  it('shows the first 200 of many and says how many there are', async () => {
    const servers = Array.from({ length: 2_000 }, (_, index) => ({ name: `s-${index}`, labels: {} }));
    const { output, data } = await callTool(listServers, {}, localContext({ server: null, servers }));
    expect(data).toMatchObject({ total: 2_000 });
    expect(data?.servers).toHaveLength(200);
    expect(output).toMatch(/… and 1800 more; narrow them by filter\.$/);
  });
});
