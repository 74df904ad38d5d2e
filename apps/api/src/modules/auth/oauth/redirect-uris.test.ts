import { describe, expect, it } from '@jest/globals';
import { allowedRedirect } from './redirect-uris.ts';

describe('a redirect address', () => {
  it.each([
    'http://127.0.0.1/callback',
    'http://127.0.0.1:33418/',
    'http://localhost:63078/callback',
    'http://[::1]:9/cb',
    'https://vscode.dev/redirect',
    'https://agent.example:8443/cb?tenant=1',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'vscode://vscode.github-authentication/did-authenticate',
    'vscode-insiders://vscode.github-authentication/did-authenticate',
    'windsurf://codeium.windsurf/callback',
  ])('may be %s', (uri) => {
    expect(allowedRedirect(uri)).toBe(true);
  });

  it.each([
    ['another machine without TLS', 'http://agent.example/cb'],
    ['a machine of this network', 'http://10.0.0.1/cb'],
    ['a name that begins like loopback', 'http://127.0.0.1.evil.example/cb'],
    ['a host that hides behind a user', 'https://vscode.dev@evil.example/cb'],
    ['a user', 'https://user@agent.example/cb'],
    ['a fragment', 'https://agent.example/cb#x'],
    ['an empty fragment', 'https://agent.example/cb#'],
    ['a script', 'javascript://localhost/%0aalert(1)'],
    ['data', 'data:text/html,x'],
    ['a file', 'file://localhost/etc/passwd'],
    ['a blob', 'blob:https://agent.example/1'],
    ['an unknown scheme', 'myapp://callback/x'],
    ['the scheme of an intent', 'intent://scan/#Intent;end'],
    ['an editor without a host', 'cursor:callback'],
    ['a host that would end a directive', 'https://agent.example;script-src/cb'],
    ['a host that would end a policy', 'https://a,b.example/cb'],
    ['a star', 'https://*.example/cb'],
    ['a space', ' https://agent.example/cb'],
    ['a line break', 'https://agent.example/\ncb'],
    ['a backslash', 'https:\\\\agent.example/cb'],
    ['a path only', '/cb'],
    ['nothing', ''],
    ['too long a text', `https://agent.example/${'x'.repeat(2_000)}`],
  ])('is not %s', (_, uri) => {
    expect(allowedRedirect(uri)).toBe(false);
  });
});
