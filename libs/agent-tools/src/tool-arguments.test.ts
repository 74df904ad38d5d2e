import { describe, expect, it } from '@jest/globals';
import { FIRST_PARTY_TOOLS } from '@servonaut/contracts';
import { aToolManifest } from '@servonaut/testkit';
import { checkArguments } from './tool-arguments.ts';

const MANIFEST = aToolManifest({
  input_schema: {
    type: 'object',
    properties: {
      server: { type: 'string', minLength: 1 },
      command: { type: 'string', minLength: 1, maxLength: 65_536 },
      timeout_seconds: { type: 'integer', minimum: 1, maximum: 3_600 },
      unit: { enum: ['system', 'user'] },
      env: { type: 'object', additionalProperties: { type: 'string' } },
    },
    required: ['server', 'command'],
    additionalProperties: false,
  },
});

const check = (args: object) => () => checkArguments(MANIFEST, { server: 'web-1', command: 'id', ...args });

describe('checkArguments', () => {
  it('takes what fits', () => {
    expect(check({ timeout_seconds: 5, unit: 'user', env: { A: 'b' } })).not.toThrow();
  });

  it.each([
    ['a missing field', { command: undefined }, 'command must be a text, and is missing.'],
    ['a wrong type', { server: 7 }, 'server must be a text, and is a number.'],
    ['an empty string', { command: '' }, 'command must not be empty.'],
    ['a string of 1 MiB', { command: 'x'.repeat(1024 * 1024) }, 'command must have at most 65536 characters.'],
    ['a fraction', { timeout_seconds: 1.5 }, 'timeout_seconds must be a whole number'],
    ['a number out of bounds', { timeout_seconds: 9_999 }, 'timeout_seconds must be a whole number from 1 to 3600.'],
    ['a word that is not one of the choices', { unit: 'root' }, 'unit must be one of system, user.'],
    ['a wrong type further in', { env: { A: 1 } }, 'env.A must be a text, and is a number.'],
    ['an unknown field', { sudo: true }, 'unknown key "sudo"'],
    ['a mistyped field', { timeout_second: 1 }, 'unknown key "timeout_second" (did you mean "timeout_seconds"?)'],
    [
      'a field that is named like a prototype',
      JSON.parse('{"__proto__": {"a": 1}}') as object,
      'unknown key "__proto__"',
    ],
  ])('names the field and what was expected: %s', (_case, args, message) => {
    const merged = Object.defineProperties({ server: 'web-1', command: 'id' }, Object.getOwnPropertyDescriptors(args));
    let thrown: unknown;
    try {
      checkArguments(MANIFEST, merged);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid_request', message: expect.stringContaining(message) });
  });

  it('says how servers are named to who names none', () => {
    const nextStep = expect.stringContaining(
      'Give server, a name that list_servers has, or servers, such as ["*"] for all.',
    );
    expect(check({ server: undefined })).toThrow(expect.objectContaining({ nextStep }));
    expect(check({ command: '' })).not.toThrow(expect.objectContaining({ nextStep }));
  });

  it('lists all faults at once, and never what was sent', () => {
    expect(check({ server: 1, command: '', unit: 'hunter2' })).toThrow(/server must .*; command must .*; unit must /);
    expect(check({ unit: 'hunter2' })).not.toThrow(/hunter2/);
  });

  it.each([
    ['many', { env: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`A${index}`, 'b'])) }],
    ['deeply nested', { env: JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown }],
  ])('does not look at more values than its limit: %s', (_case, args) => {
    expect(check(args)).toThrow(expect.objectContaining({ code: 'payload_too_large' }));
  });

  it('keeps a fault short, however long the name in it', () => {
    expect(check({ ['x'.repeat(100_000)]: 1 })).toThrow(/^.{1,1000}$/s);
  });

  it.each(FIRST_PARTY_TOOLS.map((tool) => [tool.name, tool] as const))(
    'understands the schema of %s',
    (_name, tool) => {
      expect(() => checkArguments(tool, { no_such_argument: 1 })).toThrow(/no_such_argument/);
    },
  );

  it('refuses to guess at a schema that it does not understand', () => {
    const odd = aToolManifest({ input_schema: { type: 'object', properties: {}, unevaluatedProperties: false } });
    expect(() => checkArguments(odd, {})).toThrow(/cannot be checked/);
  });
});
