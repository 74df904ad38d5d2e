import { describe, expect, it } from '@jest/globals';
import { ServonautError, type ToolProgress } from '@servonaut/plugin-sdk';
import { callTool, injectionStrings, localContext, type LocalContextOptions } from '@servonaut/plugin-sdk/testing';
import { cloudInstanceControl } from './cloud-instance-control.tool.ts';
import { anInstance, ObedientClouds } from './testing/instances.ts';

interface Input {
  readonly name: string;
  readonly action: 'start' | 'stop' | 'reboot';
  readonly source?: string | undefined;
  readonly zone?: string | undefined;
  readonly wait_seconds?: number;
}
const contextOf = (clouds: ObedientClouds, more: LocalContextOptions = {}) =>
  localContext({ server: null, servers: [{ name: 'web-1', labels: {} }], instances: clouds, ...more });
const control = (clouds: ObedientClouds, input: Input, more: LocalContextOptions = {}) =>
  callTool(cloudInstanceControl, input, contextOf(clouds, more));

describe('cloud_instance_control', () => {
  it('stops, waits until it is stopped, and tells how far it is', async () => {
    const clouds = new ObedientClouds(anInstance('web-1'));
    const told: ToolProgress[] = [];
    const { output, data } = await control(
      clouds,
      { name: 'web-1', action: 'stop' },
      { onProgress: (update) => void told.push(update) },
    );
    expect(clouds.asked).toEqual(['stop web-1 of aws']);
    expect(output).toBe('web-1 (aws) is stopped.');
    const place = { type: 't3.micro', zone: 'eu-central-1a', source: 'aws' };
    expect(data).toEqual({ name: 'web-1', ...place, action: 'stop', state: 'stopped', asked: true, reached: true });
    expect(told).toEqual([{ text: 'web-1 is stopped' }]);
  });

  it('does nothing to one that is so already', async () => {
    const clouds = new ObedientClouds(anInstance('web-1'));
    const { output, data } = await control(clouds, { name: 'web-1', action: 'start' });
    expect([clouds.asked, data?.reached, data?.asked]).toEqual([[], true, false]);
    expect(output).toBe('web-1 (aws) is running already; nothing was asked of the cloud.');
  });

  it('waits on for what is under way, and asks no second time', async () => {
    const clouds = new ObedientClouds(anInstance('web-1', { state: 'stopping' }));
    const { output, data } = await control(clouds, { name: 'web-1', action: 'stop', wait_seconds: 0 });
    expect([clouds.asked, data?.reached]).toEqual([[], false]);
    expect(output).toContain('was under way already');
  });

  it('says when it is on its way', async () => {
    const clouds = new ObedientClouds(anInstance('web-1', { state: 'stopped' }));
    const { output, data } = await control(clouds, { name: 'web-1', action: 'start', wait_seconds: 0 });
    expect(data).toMatchObject({ asked: true, reached: false });
    expect(output).toMatch(/on its way: start was taken by the cloud, .* Call this again to wait on\.$/);
  });

  it('says of a reboot that it is on its way', async () => {
    const { output, data } = await control(new ObedientClouds(anInstance('web-1')), {
      name: 'web-1',
      action: 'reboot',
    });
    expect(data).toMatchObject({ asked: true, reached: null });
    expect(output).toMatch(/on its way to reboot/);
  });

  it('asks nothing of the cloud where the name is not that of one alone', async () => {
    const clouds = new ObedientClouds(anInstance('web-1'), anInstance('web-1', { source: 'hetzner', key: 'h' }));
    await expect(control(clouds, { name: 'web-1', action: 'stop' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(control(clouds, { name: 'x', action: 'stop' })).rejects.toMatchObject({ code: 'not_found' });
    expect(clouds.asked).toEqual([]);
    await control(clouds, { name: 'web-1', source: 'hetzner', action: 'stop' });
    expect(clouds.asked).toEqual(['stop web-1 of hetzner']);
  });

  it('shows which instance it would be, and acts on no other', async () => {
    const clouds = new ObedientClouds(anInstance('web-1'));
    const input = cloudInstanceControl.input.parse({ name: 'web-1', action: 'stop' });
    const preview = await cloudInstanceControl.preview?.(input, contextOf(clouds));
    expect(preview?.text).toBe(
      'stop the instance web-1 of aws\n  source: aws\n  state: running\n  type: t3.micro\n  zone: eu-central-1a\n  role: web\n  It has the name of the server web-1.',
    );
    expect(clouds.asked).toEqual([]);
    const basis = preview?.basis ?? '';
    const renamed = new ObedientClouds(anInstance('web-1', { key: 'another' }));
    await expect(control(renamed, input, { basis })).rejects.toMatchObject({ code: 'approval_stale' });
    expect(renamed.asked).toEqual([]);
    await control(clouds, input, { basis });
    expect(clouds.asked).toEqual(['stop web-1 of aws']);
  });

  it('tells why the cloud does not do it', async () => {
    const refusing = new ObedientClouds(anInstance('web-1'));
    const message = 'aws does not let it. It takes ec2:StopInstances.';
    const clouds = {
      ...refusing,
      change: async () => Promise.reject(new ServonautError('cloud_refused', { message })),
    };
    const refused = callTool(
      cloudInstanceControl,
      { name: 'web-1', action: 'stop' },
      localContext({ server: null, instances: clouds }),
    );
    await expect(refused).rejects.toMatchObject({ code: 'cloud_refused', message });
  });

  it('takes no argument for more than a name', async () => {
    const clouds = new ObedientClouds(anInstance('web-1'));
    for (const text of injectionStrings('id', 100)) {
      for (const argument of ['name', 'source', 'zone', 'action']) {
        const input = { name: 'web-1', action: 'stop', [argument]: text };
        const { success } = cloudInstanceControl.input.safeParse(input);
        if (success) await expect(control(clouds, input as Input)).rejects.toMatchObject({ code: 'not_found' });
      }
    }
    expect(clouds.asked).toEqual([]);
  });
});
