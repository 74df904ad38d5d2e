import { describe, expect, it } from '@jest/globals';
import { pageHeaders } from './page-headers.ts';

const formAction = (redirectUri: string | null): string =>
  /form-action ([^;]*)/.exec(pageHeaders(redirectUri).get('Content-Security-Policy') ?? '')?.[1] ?? '';

describe('the headers of a page', () => {
  it('let its forms end at the coordinator only', () => {
    expect(formAction(null)).toBe("'self'");
  });

  it.each([
    ['https://agent.example/callback?x=1', 'https://agent.example'],
    ['http://127.0.0.1:4711/cb', 'http://127.0.0.1:4711'],
    ['http://localhost:4711/cb', 'http://localhost:4711'],
    ['http://[::1]:4711/cb', 'http:'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'cursor:'],
    ["https://agent.example/;script-src 'unsafe-inline'", 'https://agent.example'],
  ])('let a form go on to %s as %s', (uri, target) => {
    expect(formAction(uri)).toBe(`'self' ${target}`);
  });

  it('allow no script, no frame and no other base, whatever the redirect URI', () => {
    const policy = pageHeaders("https://a.example/;script-src 'unsafe-inline'").get('Content-Security-Policy');
    expect(policy).not.toContain('script-src');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
  });
});
