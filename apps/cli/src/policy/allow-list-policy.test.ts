import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { AllowListPolicy, loadPolicy } from './allow-list-policy.ts';

const asked = (tool: string, server: string | null) => ({ tool, server, input: {}, principal: undefined });

describe('the allow lists', () => {
  it('allow everything when they are not there', () => {
    expect(new AllowListPolicy({}).denial(asked('run_command', 'web-1'))).toBeUndefined();
  });

  it('deny every tool that none of their patterns names, and say by which rule', () => {
    const policy = new AllowListPolicy({ allow_tools: ['get_*', 'list_servers'] });
    expect(policy.denial(asked('get_logs', 'web-1'))).toBeUndefined();
    expect(policy.denial(asked('list_servers', null))).toBeUndefined();
    expect(policy.denial(asked('run_command', 'web-1'))).toMatchObject({ rule: 'allow_tools' });
  });

  it('deny every server that is not named', () => {
    const policy = new AllowListPolicy({ allow_servers: ['web-*'] });
    expect(policy.denial(asked('get_logs', 'web-1'))).toBeUndefined();
    expect(policy.denial(asked('get_logs', 'db-1'))).toMatchObject({ rule: 'allow_servers' });
    expect(policy.denial(asked('list_servers', null))).toBeUndefined();
  });

  it('that are empty deny everything', () => {
    expect(new AllowListPolicy({ allow_tools: [] }).denial(asked('get_logs', 'web-1'))).toBeDefined();
  });
});

describe('policy.yaml', () => {
  const written = async (text: string) => {
    const path = join(await temporaryFolder(), 'policy.yaml');
    writeFileSync(path, text);
    return path;
  };

  it('may be missing', async () => {
    const policy = await loadPolicy(join(await temporaryFolder(), 'policy.yaml'));
    expect(policy.denial(asked('run_command', 'web-1'))).toBeUndefined();
  });

  it('holds the lists', async () => {
    const policy = await loadPolicy(await written('allow_tools: [get_logs]\n'));
    expect(policy.denial(asked('run_command', 'web-1'))).toMatchObject({ rule: 'allow_tools' });
  });

  it.each([
    ['a rule that it does not know', 'deny_tools: [x]\n'],
    ['a list that is none', 'allow_tools: get_logs\n'],
    ['what is not YAML', 'allow_tools: [\n'],
  ])('fails closed for %s', async (_, text) => {
    await expect(loadPolicy(await written(text))).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('fails closed when it cannot be read', async () => {
    const folder = await temporaryFolder();
    chmodSync(folder, 0o700);
    await expect(loadPolicy(folder)).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
