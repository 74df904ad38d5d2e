import { describe, expect, it } from '@jest/globals';
import { audienceOfResource, resourceOf, scopesAtHand } from './resources.ts';

const URL_OF_OURS = 'https://servonaut.example.com';

describe('resources', () => {
  it.each([
    ['', 'mcp'],
    ['/', 'mcp'],
    ['/mcp', 'mcp'],
    ['/mcp/', 'mcp'],
    ['/mcp/sse', 'mcp'],
    ['/mcp/message', 'mcp'],
    ['/api', 'api'],
    ['/api/cli', 'api'],
  ])('takes %j for the door of %s', (path, audience) => {
    expect(audienceOfResource(URL_OF_OURS + path, URL_OF_OURS)).toBe(audience);
  });

  it.each([
    'https://evil.example/mcp',
    'http://servonaut.example.com/mcp',
    'https://servonaut.example.com:8443/mcp',
    'https://servonaut.example.com.evil.example/mcp',
    'https://servonaut.example.com@evil.example/mcp',
    'https://user@servonaut.example.com/mcp',
    'https://servonaut.example.com/other',
    'https://servonaut.example.com/mcpx',
    'https://servonaut.example.com/mcp?a=1',
    'https://servonaut.example.com/mcp#a',
    'https://servonaut.example.com/mcp//',
    'not a URL',
    '',
  ])('does not know %j', (resource) => {
    expect(audienceOfResource(resource, URL_OF_OURS)).toBeUndefined();
  });

  it('knows the resources that it gives out', () => {
    for (const audience of ['mcp', 'api'] as const)
      expect(audienceOfResource(resourceOf(audience, URL_OF_OURS), URL_OF_OURS)).toBe(audience);
  });

  it('offers what a door is for, and at that of agents each tool that is asked for', () => {
    expect(scopesAtHand('mcp', 'mcp:tools:run_command admin credentials mcp:tools:../x mcp:tools')).toBe(
      'mcp:tools mcp:tools:run_command',
    );
    expect(scopesAtHand('api', 'mcp:tools:run_command relay:connect')).toBe('relay:connect credentials admin');
  });
});
