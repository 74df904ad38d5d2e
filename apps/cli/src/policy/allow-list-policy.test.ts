import { describe, expect, it } from '@jest/globals';
import { AllowListPolicy } from './allow-list-policy.ts';

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
