import { describe, expect, it } from '@jest/globals';
import { serverAddressSchema } from '../identifiers.ts';
import { changeDelegationSchema, newDelegationSchema } from './delegation.ts';

const given = { to: { user: 'bob' }, servers: ['web-*'] };
const rulesFor = (tools: number) =>
  Object.fromEntries(Array.from({ length: tools }, (_, index) => [`tool_${index}`, { per_day: 1 }]));

describe('a delegation', () => {
  it('has no limits but its servers unless it is given some', () => {
    expect(newDelegationSchema.parse(given)).toEqual({ ...given, tools: null, rules: null, expires_at: null });
    expect(newDelegationSchema.safeParse({ ...given, to: { team: 'ops' } }).success).toBe(true);
  });

  it.each([
    ['servers of somebody else', { servers: ['alice/web-1'] }],
    ['servers of everybody', { servers: ['*/web-1'] }],
    ['no servers', { servers: [] }],
    ['nobody', { to: {} }],
    ['a user and a team', { to: { user: 'bob', team: 'ops' } }],
    ['a name with a line break', { to: { user: 'bob\nroot' } }],
    ['more rules than the one that is added leaves room for', { rules: rulesFor(100) }],
  ])('is not for %s', (_, wrong) => {
    expect(newDelegationSchema.safeParse({ ...given, ...wrong }).success).toBe(false);
  });

  it('is taken to have labels with a slash for servers of its own', () => {
    expect(newDelegationSchema.safeParse({ ...given, servers: ['label:example.org/tier=a/b'] }).success).toBe(true);
  });

  it('is not changed by nothing, nor given to another', () => {
    for (const change of [{}, { to: { user: 'carol' } }])
      expect(changeDelegationSchema.safeParse(change).success).toBe(false);
  });
});

describe('the address of a server', () => {
  it.each(['web-1', 'alice/web-1', 'olga@example.com/web-1', "o'x/y+z@example.com/web_1.example:22"])(
    'can be %s',
    (text) => {
      expect(serverAddressSchema.safeParse(text).success).toBe(true);
    },
  );

  it.each(['', '/', 'alice/', '/web-1', 'al ice/web-1', 'alice/web 1', 'alice/-x', 'alice/web-*'])(
    'is not %j',
    (text) => {
      expect(serverAddressSchema.safeParse(text).success).toBe(false);
    },
  );
});
