import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { isLocalRequest } from './local-request.ts';

const LOCAL_URL = 'http://127.0.0.1:3000';

function request(remoteAddress: string, headers: IncomingMessage['headers']) {
  return { socket: { remoteAddress } as IncomingMessage['socket'], headers };
}

describe('a request is local', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1:3000'],
    ['::ffff:127.0.0.1', 'localhost:3000'],
    ['::1', '[::1]:3000'],
  ])('from %s to %s', (address, host) => {
    expect(isLocalRequest(request(address, { host }), LOCAL_URL)).toBe(true);
  });

  it.each([
    ['from another machine', '10.0.0.7', { host: '127.0.0.1:3000' }, LOCAL_URL],
    ['from an address that only starts alike', '::ffff:12.7.0.1', { host: 'localhost' }, LOCAL_URL],
    ['under another name (DNS rebinding)', '127.0.0.1', { host: 'localhost.evil.example' }, LOCAL_URL],
    ['without a name', '127.0.0.1', {}, LOCAL_URL],
    ['through a proxy', '127.0.0.1', { host: 'localhost', 'x-forwarded-for': '10.0.0.7' }, LOCAL_URL],
    [
      'through a proxy that says so in the standard way',
      '127.0.0.1',
      { host: 'localhost', forwarded: 'for=x' },
      LOCAL_URL,
    ],
    ['of a coordinator that is published', '127.0.0.1', { host: 'localhost' }, 'https://servonaut.example.com'],
  ])('but not %s', (_what, address, headers, publicUrl) => {
    expect(isLocalRequest(request(address, headers), publicUrl)).toBe(false);
  });
});
