import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineInventorySource } from '../inventory/define-inventory-source.ts';
import type { FoundServer } from '../inventory/found-server.ts';
import type { SourceContext } from '../inventory/inventory-source.ts';
import { checkSource, listSource } from './list-source.ts';

const sourceOf = (list: (context: SourceContext, options: { tags: string[] }) => FoundServer[]) =>
  defineInventorySource({
    kind: 'shelf',
    options: z.object({ tags: z.array(z.string()).default([]) }),
    list: async (options, context) => {
      await delay(0, undefined, { signal: context.signal });
      return list(context, options);
    },
  });

describe('a source under test', () => {
  it('is given its options as it would have them, and what it warns of is kept', async () => {
    const source = sourceOf(({ path, env, warn }, { tags }) => {
      warn(`no ${path('~/b')}`);
      return [{ name: `${env['WHO']} ${path('a')} ${tags.length}`, labels: {} }];
    });
    expect(await listSource(source, {}, { env: { WHO: 'ada' }, home: '/home/ada', folder: '/etc' })).toEqual({
      servers: [{ name: 'ada /etc/a 0', labels: {} }],
      warnings: ['no /home/ada/b'],
    });
  });

  it('keeps the promises of every source', async () => {
    await checkSource(
      sourceOf(() => [{ name: 'web-1', labels: {} }]),
      {},
    );
  });

  it.each([
    ['lists something else each time', sourceOf(() => [{ name: `web-${Math.random()}`, labels: {} }]), /second time/],
    [
      'does not heed the signal',
      defineInventorySource({ kind: 'deaf', options: z.object({ tags: z.array(z.string()) }), list: async () => [] }),
      /give up/,
    ],
    ['finds a server that cannot be', sourceOf(() => [{ name: 'web-1', host: '-x', labels: {} }]), /host/],
  ])('is caught when it %s', async (_, source, message) => {
    await expect(checkSource(source as ReturnType<typeof sourceOf>, { tags: [] })).rejects.toThrow(message);
  });
});
