import { describe, expect, it } from '@jest/globals';
import { libraryUrl } from './oauth-paths.ts';

describe('paths of the authorization server', () => {
  it.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/oauth-authorization-server/mcp/sse',
    '/mcp/.well-known/oauth-authorization-server',
  ])('has its metadata at %s', (path) => {
    expect(libraryUrl(path, '?a=1')).toBe('/.well-known/oauth-authorization-server');
  });

  it.each([
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
    '/mcp/.well-known/openid-configuration',
  ])('has those of OpenID at %s', (path) => {
    expect(libraryUrl(path, '')).toBe('/.well-known/openid-configuration');
  });

  it.each(['/oauth/token', '/device', '/device/'])('takes %s as it is', (path) => {
    expect(libraryUrl(path, '?a=%00')).toBe(`${path}?a=%00`);
  });

  it.each(['/oauth/authorize/uid', '/device/uid'])('takes no parameters on the way back into a flow, %s', (path) => {
    expect(libraryUrl(path, '?client_id=servonaut-cli')).toBe(path);
  });

  it.each([
    '/',
    '/mcp',
    '/oauth',
    '/oauthx/token',
    '/devices',
    '/api/oauth/token',
    '/.well-known/mercure',
    '/sign-in/1',
    '/oauth/Register',
    '/oauth/REGISTER',
    '/oauth/register/',
    '/oauth/regi%73ter',
    '/OAUTH/token',
    '/oauth/Authorize/uid',
    '/Device',
    '/device/uid/',
  ])('leaves %s to others', (path) => {
    expect(libraryUrl(path, '')).toBeUndefined();
  });

  it.each(['/oauth/authorize/AbC_-1', '/device/AbC_-1'])('takes %s', (path) => {
    expect(libraryUrl(path, '')).toBe(path);
  });
});
