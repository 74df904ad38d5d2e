import { describe, expect, it } from '@jest/globals';
import type { Response } from 'express';
import { sessionCookie } from './session-cookie.ts';

const read = (url: string, cookie: string | undefined) =>
  sessionCookie(url).read({ headers: cookie ? { cookie } : {} });

/** What is set, as Express is told to. */
function written(url: string): unknown[] {
  const calls: unknown[] = [];
  const response = { cookie: (...given: unknown[]) => calls.push(given) } as unknown as Response;
  sessionCookie(url).write(response, 'secret');
  return calls;
}

describe('the cookie of a session', () => {
  it('is read from among others', () => {
    expect(read('http://127.0.0.1:3000', 'a=1; svn_session=secret; b=2')).toBe('secret');
  });

  it('is none when there is none', () => {
    expect(read('http://127.0.0.1:3000', undefined)).toBeUndefined();
    expect(read('http://127.0.0.1:3000', 'xsvn_session=1; svn_sessions=2')).toBeUndefined();
  });

  it('is none when it comes twice', () => {
    expect(read('http://127.0.0.1:3000', 'svn_session=theirs; svn_session=mine')).toBeUndefined();
  });

  it('has the name that other hosts cannot set, over https', () => {
    expect(read('https://example.com', 'svn_session=planted')).toBeUndefined();
    expect(read('https://example.com', '__Host-svn_session=secret')).toBe('secret');
  });

  it('is kept from scripts and from forms of other sites', () => {
    expect(written('https://example.com')).toEqual([
      ['__Host-svn_session', 'secret', { httpOnly: true, sameSite: 'lax', secure: true, path: '/' }],
    ]);
  });
});
