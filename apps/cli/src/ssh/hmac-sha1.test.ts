import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { hmacSha1 } from './hmac-sha1.ts';

it.each([0, 1, 20, 63, 64, 65, 200])('is the HMAC of Node, with a key of %d bytes', (length) => {
  const key = randomBytes(length);
  for (const text of ['', 'web.example', '[192.0.2.1]:2222', 'é'.repeat(500)]) {
    expect(hmacSha1(key, text)).toBe(createHmac('sha1', key).update(text).digest('base64'));
  }
});
