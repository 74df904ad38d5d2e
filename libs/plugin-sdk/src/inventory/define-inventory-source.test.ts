import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineInventorySource } from './define-inventory-source.ts';
import { foundServerSchema } from './found-server.ts';

const definition = { kind: 'shelf', options: z.object({ path: z.string() }), list: async () => [] };

it('makes a source that nobody can change and that takes no option which it does not name', () => {
  const source = defineInventorySource(definition);
  expect(() => Object.assign(source, { kind: 'other' })).toThrow(TypeError);
  expect(source.options.safeParse({ path: 'x' }).success).toBe(true);
  expect(source.options.safeParse({ path: 'x', paht: 'y' }).success).toBe(false);
});

it.each([
  ['a kind with a dot', { kind: 'servers.yaml' }, /lower-case/],
  ['a kind in capitals', { kind: 'AWS' }, /lower-case/],
  ['control of nothing', { control: { permission: 'write' } }, /"control" of no "instances"/],
  ['an option of the product', { options: z.object({ prefix: z.string() }) }, /"prefix"/],
])('refuses %s, naming the source', (_, fault, message) => {
  expect(() => defineInventorySource({ ...definition, ...fault } as typeof definition)).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
  );
});

it.each([
  ['a host that is an option', { host: '-oProxyCommand=id' }],
  ['a host that a shell would run', { host: '$(id)' }],
  ['a user that is an option', { user: '-x' }],
  ['a user that a shell would run', { user: 'a`id`' }],
  ['a jump that is an option', { jump: '-J' }],
  ['a jump that a shell would run', { jump: 'a;id' }],
  ['a port that is none', { port: 0 }],
  ['a field that it does not have', { hosst: 'x' }],
])('takes no server with %s', (_, place) => {
  expect(foundServerSchema.safeParse({ name: 'web-1', labels: {}, ...place }).success).toBe(false);
});

describe('the name of a user of a found server', () => {
  const takes = (user: string) => foundServerSchema.shape.user.safeParse(user).success;
  const signs = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).filter((sign) => /\W/.test(sign));

  it('begins with no sign that a shell or ssh might take for more than a name', () => {
    expect(signs.filter((sign) => takes(`${sign}x`))).toEqual([]);
  });

  it('holds no other signs than users have', () => {
    expect(signs.filter((sign) => takes(`x${sign}`) || takes(`x${sign}y`))).toEqual(['+', '-', '.', '@']);
  });

  it.each(['root', '_apt', 'ec2-user', 'ann.b+c@example.com', '0day'])('may be %s', (user) => {
    expect(takes(user)).toBe(true);
  });
});
