import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { connectAgent } from './agent.ts';
import { checkoutRegistry, type CheckoutRegistry } from './checkout-registry.ts';
import { Reader, stepsOf } from './document-walk.ts';
import { aWorld, type World } from './world.ts';

const checkout = new URL('../../', import.meta.url).pathname.replace(/\/$/, '');
const PLUGIN = 'servonaut-plugin-largest-files';
const LEFT_OUT = new RegExp(
  `The plugin ${PLUGIN} is left out: It has changed since it was allowed. Run .{1,2}servonaut plugins allow ${PLUGIN}`,
);

describe('an author who follows docs/plugins.md from nothing', () => {
  let world: World;
  let registry: CheckoutRegistry;
  beforeAll(async () => {
    [world, registry] = await Promise.all([aWorld(), checkoutRegistry()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([world.stop(), registry.close()]);
  }, 30_000);

  it('has a tool that an agent can call once the operator has allowed it, and as long as the executor is there', async () => {
    const agent = await connectAgent('http-2026', world.coordinator.url, world.tokens.agent_token);
    const call = () => agent.call('largest_files', { server: 'web-1', folder: '/etc', most: 3 });
    const folder = await temporaryFolder();
    const reader = new Reader(folder, await environment(folder));
    const shown: string[] = [];
    for (const step of stepsOf('plugins.md', 'From nothing')) {
      shown.push(await reader.follow(step));
      // Until the last step the operator has not started the executor again.
      expect(await agent.tools()).not.toContain('largest_files');
    }
    const all = shown.join('\n');
    expect(all).toMatch(/pass 2\b[^]*fail 0/);
    expect(all).toContain('largest_files (read-only, on a server)\n');
    expect(all).toContain('  | Lists the largest files below one folder.');
    expect(all).toMatch(/^largest_files +read-only +server +servonaut-plugin-largest-files/m);
    expect(shown.at(-1)).toMatch(/^\d+ KiB {2}\/etc\//m);

    await world.executor.stop();
    world.executor = await world.operator.connect();
    const { result, text } = await call();
    expect(result).toMatchObject({ status: 'succeeded', data: { files: [{}, {}, {}] } });
    expect(text).toMatch(/\d+ KiB {2}\/etc\//);
    await world.executor.stop();
    expect(await agent.tools()).not.toContain('largest_files');

    const changed = `plugins/${PLUGIN}/node_modules/${PLUGIN}/dist/index.js`;
    appendFileSync(join(world.operator.stateDir, changed), '\n');
    world.executor = await world.operator.connect();
    for (const told of [world.executor.output(), (await world.operator.run(['status'])).stdout])
      expect(told).toMatch(LEFT_OUT);
    expect(await agent.tools()).not.toContain('largest_files');
    await agent.close();
  }, 240_000);

  /** That of the operator, with `servonaut` among the programs and a registry that needs no network. */
  async function environment(folder: string): Promise<Record<string, string | undefined>> {
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    const servonaut = join(programs, 'servonaut');
    writeFileSync(servonaut, `#!/bin/sh\nexec '${process.execPath}' '${checkout}/apps/cli/bin/run.js' "$@"\n`);
    chmodSync(servonaut, 0o755);
    const path = [programs, dirname(process.execPath), process.env['PATH']].join(delimiter);
    return {
      ...world.operator.env,
      PATH: path,
      CHECKOUT: checkout,
      npm_config_registry: registry.url,
      npm_config_cache: join(folder, 'npm-cache'),
    };
  }
});
