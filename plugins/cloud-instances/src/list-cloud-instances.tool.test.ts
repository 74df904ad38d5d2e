import { describe, expect, it } from '@jest/globals';
import { callTool, injectionStrings, localContext } from '@servonaut/plugin-sdk/testing';
import { listCloudInstances } from './list-cloud-instances.tool.ts';
import { anInstance, ObedientClouds } from './testing/instances.ts';

const SERVERS = [{ name: 'web-1', labels: {} }];
const list = (clouds: ObedientClouds, input: object = {}) =>
  callTool(listCloudInstances, input, localContext({ server: null, servers: SERVERS, instances: clouds }));

describe('list_cloud_instances', () => {
  it('tells what there is, and nothing else that an instance may carry', async () => {
    const leaky = { ...anInstance('web-1'), id: 'i-0abc', host: '10.0.0.1' };
    const { output, data } = await list(
      new ObedientClouds(anInstance('db-1', { state: 'stopped', type: null }), leaky),
    );
    const { key: _key, id: _id, host: _host, ...shown } = leaky;
    expect(data?.instances[1]).toEqual({ ...shown, is_server: true });
    expect(data?.instances[0]).toMatchObject({ name: 'db-1', state: 'stopped', type: null, is_server: false });
    expect(output).toMatch(
      /^name +source +state +type +zone +is_server +labels\ndb-1 +aws +stopped +- +eu-central-1a +false +role=web\nweb-1 /,
    );
    expect(output).not.toMatch(/i-0abc|10\.0\.0\.1/);
  });

  it.each([
    [{ filter: 'web-*' }, ['web-1', 'web-2']],
    [{ filter: 'label:role=db' }, ['db-1']],
    [{ state: 'stopped' }, ['web-2']],
    [{ source: 'hetzner' }, ['db-1']],
    [{ most: 1 }, ['db-1']],
    [{ filter: 'x' }, []],
  ])('is narrowed by %j', async (input, names) => {
    const db = anInstance('db-1', { source: 'hetzner', labels: { role: 'db' } });
    const clouds = new ObedientClouds(anInstance('web-2', { state: 'stopped' }), db, anInstance('web-1'));
    expect((await list(clouds, input)).data?.instances.map(({ name }) => name)).toEqual(names);
  });

  it('has what the others answered when one did not, and says so', async () => {
    const clouds = new ObedientClouds(anInstance('web-1'));
    clouds.failed = [{ source: 'hetzner', reason: 'hetzner did not answer as it should.' }];
    clouds.leftOut = 3;
    const { output, data } = await list(clouds);
    expect(output).toMatch(/^hetzner is missing here: hetzner did not answer as it should\.\nname /);
    expect(output).toMatch(/\n\[3 without a name that can be told\]$/);
    expect(data).toMatchObject({ failed: clouds.failed, unnamed: 3, instances: [{ name: 'web-1' }] });
  });

  it('says when no cloud is set up', async () => {
    expect((await list(new ObedientClouds())).output).toMatch(/servers\.yaml/);
  });

  it('stays short however many there are, and however much they tell', async () => {
    const labels = Object.fromEntries(Array.from({ length: 32 }, (_, at) => [`k${at}`, 'x'.repeat(128)]));
    const many = Array.from({ length: 10_000 }, (_, at) => anInstance(`web-${at}`, { labels, key: String(at) }));
    const { output, data } = await list(new ObedientClouds(...many), { most: 500 });
    expect(JSON.stringify(data).length).toBeLessThan(220_000);
    expect((data?.instances.length ?? 0) + (data?.left_out ?? 0)).toBe(10_000);
    expect(output).toMatch(new RegExp(`\\[${data?.left_out} more left out; raise most or narrow the call\\]$`));
  });

  it('takes no argument for more than a name', async () => {
    const clouds = new ObedientClouds(anInstance('web-1'));
    for (const text of injectionStrings('id', 100)) {
      for (const argument of ['source', 'filter', 'state', 'most']) {
        const { success } = listCloudInstances.input.safeParse({ [argument]: text });
        if (success) expect((await list(clouds, { [argument]: text })).data?.instances).toEqual([]);
      }
    }
  });
});
