import { expect, it } from '@jest/globals';
import { jumpHops } from './jump-hops.ts';

it.each([
  ['bastion', { destination: 'bastion' }],
  ['ann@bastion:2222', { destination: 'bastion', user: 'ann', port: 2_222 }],
  ['ann@example.com@bastion', { destination: 'bastion', user: 'ann@example.com' }],
  ['ssh://ann@bastion:2222/', { destination: 'bastion', user: 'ann', port: 2_222 }],
  ['ann@[2001:db8::7]:2222', { destination: '2001:db8::7', user: 'ann', port: 2_222 }],
  ['2001:db8::7', { destination: '2001:db8::7' }],
  ['outer:1,middle,inner:2', { destination: 'inner', port: 2, jump: 'outer:1,middle' }],
])('ProxyJump %s asks for its last host, over those before it', (value, expected) => {
  expect(jumpHops('web-1', value)).toEqual(expected);
});

it.each([undefined, 'none', 'NONE'])('ProxyJump %s asks for none', (value) => {
  expect(jumpHops('web-1', value)).toBeUndefined();
});

it.each(['', 'a,', '-oProxyCommand=id', 'ann@-l', 'ann@', '[2001:db8::7', 'bastion:port'])(
  'ProxyJump %j is refused, without what it says',
  (value) => {
    expect(() => jumpHops('web-1', value)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: 'ProxyJump of web-1 is not a list of hosts.' }),
    );
  },
);
