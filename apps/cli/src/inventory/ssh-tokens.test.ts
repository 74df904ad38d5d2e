import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { targetFromOptions } from './ssh-options.ts';

const ACCOUNT = { home: '/home/me', user: 'me', agentSocket: undefined };

/** The command by which `web-1` would be reached, or the code of the error. */
function proxyCommandOf(proxycommand: string, values: Record<string, string>): string | undefined {
  const options = new Map(Object.entries({ proxycommand, ...values }).map(([key, value]) => [key, [value]]));
  try {
    return targetFromOptions('web-1', options, ACCOUNT).proxyCommand;
  } catch (error) {
    if (error instanceof ServonautError) return error.code;
    throw error;
  }
}

const MEANINGFUL = [...'\'"`$;&<>|(){}\n\t\r\0\x1B'];

describe('a ProxyCommand, which a shell runs,', () => {
  it.each([
    ['hostname', '%h'],
    ['hostkeyalias', '%k'],
    ['user', '%r'],
  ])('is refused when its %s has a sign that means something to a shell', (option, token) => {
    const taken = MEANINGFUL.flatMap((sign) => [`${sign}x`, `x${sign}`, `x${sign}y`]).filter(
      (value) => proxyCommandOf(`nc ${token}`, { [option]: value }) !== 'config_invalid',
    );
    expect(taken).toEqual([]);
    expect(proxyCommandOf(`nc ${token}`, { [option]: '-x' })).toBe('config_invalid');
  });

  it.each([
    ['hostname', '%h', 'a b'],
    ['hostname', '%h', 'a\\b'],
    ['user', '%r', 'a -b'],
    ['user', '%r', 'a\\'],
  ])('is refused when its %s, in %s, is %j', (option, token, value) => {
    expect(proxyCommandOf(`nc ${token}`, { [option]: value })).toBe('config_invalid');
  });

  it.each([
    ['nc %h %p', { hostname: 'fe80::1%eth0' }, 'nc fe80::1%eth0 22'],
    ['nc "%r"', { user: 'DOMAIN\\ann b' }, 'nc "DOMAIN\\ann b"'],
    ['nc %h %%r', { user: ';id' }, 'nc web-1 %r'],
    ['nc %n %k; true', {}, 'nc web-1 web-1; true'],
  ])('holds what is a name: %s with %j', (command, values, expected) => {
    expect(proxyCommandOf(command, values as Record<string, string>)).toBe(expected);
  });
});
