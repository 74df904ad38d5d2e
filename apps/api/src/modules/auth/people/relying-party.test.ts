import { describe, expect, it } from '@jest/globals';
import { relyingParty } from './relying-party.ts';

describe('relying party', () => {
  it('is the host of the public address, without its port, at its origin', () => {
    expect(relyingParty('https://servonaut.example.com')).toEqual({
      id: 'servonaut.example.com',
      origin: 'https://servonaut.example.com',
    });
    expect(relyingParty('http://localhost:8080')).toEqual({ id: 'localhost', origin: 'http://localhost:8080' });
  });

  it.each(['http://servonaut.example.com', 'http://127.0.0.1:8080', 'https://192.0.2.1', 'https://[2001:db8::1]'])(
    'is none where browsers make no passkeys: %s',
    (url) => expect(relyingParty(url)).toBeNull(),
  );
});
