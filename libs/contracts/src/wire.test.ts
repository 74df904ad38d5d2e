import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  commandRequestSchema,
  commandTopic,
  ERROR_CODES,
  ERROR_TABLE,
  errorRow,
  FIRST_PARTY_TOOLS,
  fromProblem,
  publicJwkSchema,
  registerExecutorSchema,
  requestedScopeSchema,
  serverEntrySchema,
  ServonautError,
  startByMillis,
  toolManifestSchema,
  toolOfScope,
  toolScope,
  toProblem,
  WIRE_LIMITS,
} from './index.ts';

const manifest = (input_schema: unknown): unknown => ({
  name: 'probe',
  title: 'Probe',
  description: 'Probes.',
  target: 'server',
  effect: 'read-only',
  input_schema,
});

const nested = (depth: number): Record<string, unknown> =>
  depth === 0 ? { type: 'string' } : { type: 'object', properties: { a: nested(depth - 1) } };

const anItem = (items: unknown): unknown => ({ type: 'object', properties: { a: { type: 'array', items } } });

describe('a tool manifest', () => {
  it('is taken with a plain object schema', () => {
    expect(
      toolManifestSchema.safeParse(manifest({ type: 'object', properties: { a: { type: 'string' } } })).success,
    ).toBe(true);
  });

  it.each([
    ['a reference', { type: 'object', properties: { a: { $ref: '#' } } }],
    [
      'a pattern, which could be made to backtrack',
      { type: 'object', properties: { a: { type: 'string', pattern: '(a+)+$' } } },
    ],
    [
      'a pattern in the items of an array',
      { type: 'object', properties: { a: { type: 'array', items: { pattern: 'x' } } } },
    ],
    ['a pattern within anyOf', { type: 'object', properties: { a: { anyOf: [{ type: 'string', pattern: 'x' }] } } }],
    ['pattern properties', { type: 'object', patternProperties: { '^a': {} } }],
    ['a combination at its root', { type: 'object', anyOf: [{ required: ['a'] }] }],
    ['anyOf in the items of an array', anItem({ anyOf: [{ type: 'string' }, { type: 'null' }] })],
    ['oneOf in the items of an array', anItem({ oneOf: [{ type: 'string' }] })],
    ['allOf in the items of an array', anItem({ allOf: [{ type: 'string' }] })],
    ['contains in an array', anItem({ type: 'array', contains: { type: 'string' } })],
    ['a list of types', anItem({ type: ['string', 'null'] })],
    ['a long choice of numbers', anItem({ enum: Array.from({ length: 33 }, (_, index) => index) })],
    ['too deep a nesting', nested(WIRE_LIMITS.toolSchemaDepth + 1)],
    [
      'too long a text',
      { type: 'object', properties: { a: { description: 'x'.repeat(WIRE_LIMITS.toolSchemaLength) } } },
    ],
    ['a root that is no object', { type: 'array' }],
  ])('is refused with %s', (_, schema) => {
    expect(toolManifestSchema.safeParse(manifest(schema)).success).toBe(false);
  });

  it('may have a property whose name is a refused keyword', () => {
    const properties = { pattern: { type: 'string' }, if: {}, anyOf: { type: 'string' } };
    expect(toolManifestSchema.safeParse(manifest({ type: 'object', properties })).success).toBe(true);
  });

  it('may have anyOf below the root of its data, which nobody runs', () => {
    const data_schema = anItem({ anyOf: [{ type: 'string' }, { type: 'null' }] });
    const given = { ...(manifest({ type: 'object' }) as object), data_schema };
    expect(toolManifestSchema.safeParse(given).success).toBe(true);
  });

  it.each(FIRST_PARTY_TOOLS.map((tool) => [tool.name, tool]))('is taken from our own tool %s', (_, tool) => {
    expect(toolManifestSchema.safeParse(tool).error).toBeUndefined();
  });

  const UNSEEN = ['two\nlines', 'a bell \u0007', 'a hidden \u202E turn', 'a \u200B gap'];

  it.each([...UNSEEN, ''])('is refused with the description or the title %j', (text) => {
    const whole = manifest({ type: 'object' }) as object;
    for (const field of ['description', 'title'])
      expect(toolManifestSchema.safeParse({ ...whole, [field]: text }).success).toBe(false);
  });

  it.each(UNSEEN)('is refused with %j anywhere in its schema', (text) => {
    const is = (property: object, name = 'a') =>
      toolManifestSchema.safeParse(manifest({ type: 'object', properties: { [name]: property } })).success;
    const properties = [{ description: text }, { enum: [text] }, { default: text }, { items: { title: text } }];
    expect([...properties.map((property) => is(property)), is({}, text)]).toEqual([false, false, false, false, false]);
    expect(is({ description: 'a \\ and a "\\n" that is seen' })).toBe(true);
  });
});

describe('a server entry', () => {
  it('has no room for an address', () => {
    expect(serverEntrySchema.safeParse({ name: 'web-1', labels: {}, host: '192.0.2.7' }).success).toBe(false);
  });

  it.each(['-oProxyCommand=x', 'a b', 'a\nb', 'a;b', '', '$(id)', 'x'.repeat(WIRE_LIMITS.serverNameLength + 1)])(
    'is refused by the name %j',
    (name) => {
      expect(serverEntrySchema.safeParse({ name }).success).toBe(false);
    },
  );
});

describe('a public key', () => {
  it('is refused when it carries its private part', () => {
    expect(publicJwkSchema.safeParse({ kty: 'OKP', crv: 'X25519', x: 'a'.repeat(43), d: 'b'.repeat(43) }).success).toBe(
      false,
    );
  });
});

describe('a registration', () => {
  it.each([
    ['X25519', true],
    ['Ed25519', false],
  ])('with a key on the curve %s is taken: %s', (crv, taken) => {
    const public_key = { kty: 'OKP', crv, x: 'a'.repeat(43) };
    const given = { profile: 'prod', version: '1', manifest: { tools: [], servers: [] }, public_key };
    expect(registerExecutorSchema.safeParse(given).success).toBe(taken);
  });
});

describe('a topic', () => {
  it('is made of nothing but the user id', () => {
    expect(commandTopic('42')).toBe('/cli/42/commands');
    for (const hostile of ['42/commands', '{id}', '*', '', '../1', '4 2'])
      expect(() => commandTopic(hostile)).toThrow();
  });
});

describe('a scope that is asked for', () => {
  it.each(['mcp:tools', 'relay:connect', 'credentials', 'admin', 'mcp:tools:run_command', 'mcp:tools:a.b-c'])(
    'may be %s',
    (scope) => {
      expect(requestedScopeSchema.parse(scope)).toBe(scope);
    },
  );

  it.each([
    'openid',
    '',
    'mcp:tools:',
    'mcp:tools:a b',
    'mcp:tools:a:b',
    `mcp:tools:${'x'.repeat(41)}`,
    'MCP:TOOLS',
    7,
  ])('may not be %j', (scope) => {
    expect(requestedScopeSchema.safeParse(scope).success).toBe(false);
  });

  it('names its tool, and nothing else does', () => {
    expect(toolOfScope(toolScope('run_command'))).toBe('run_command');
    expect(['mcp:tools', 'mcp:tools:', 'admin:x', 'xmcp:tools:a'].map(toolOfScope)).toEqual(Array(4).fill(undefined));
    expect(() => toolScope('a b')).toThrow();
  });
});

describe('the start-by deadline', () => {
  it('counts from created_at', () => {
    expect(startByMillis({ created_at: '2026-11-22T10:00:00.000Z', ttl_seconds: 15 })).toBe(
      Date.parse('2026-11-22T10:00:15.000Z'),
    );
  });
});

describe('the error table', () => {
  it.each(ERROR_CODES)('%s says what is wrong and what to do next, and has its place at every edge', (code) => {
    const row = errorRow(code);
    expect(row.sentence).toMatch(/^[A-Z].*\.$/);
    expect(row.nextStep.length).toBeGreaterThan(5);
    expect(row.http).toBeGreaterThanOrEqual(400);
    expect(row.http).toBeLessThan(600);
    expect(row.jsonRpc).toBeLessThanOrEqual(-32000);
    expect(row.exit).toBeGreaterThan(0);
    expect(row.exit).toBeLessThan(128);
  });

  it('travels through a problem body and back, without the private detail', () => {
    const codes = fc.constantFrom(...ERROR_CODES);
    fc.assert(
      fc.property(codes, fc.string({ minLength: 1 }), fc.string(), (code, message, nextStep) => {
        const error = new ServonautError(code, { message, nextStep, detail: 'secret detail 7f3a', facts: { a: 1 } });
        const problem = toProblem(error, 'req-1');
        expect(JSON.stringify(problem)).not.toContain('7f3a');
        expect(fromProblem(JSON.parse(JSON.stringify(problem)))).toMatchObject({
          code,
          message,
          nextStep,
          facts: { a: 1 },
        });
      }),
    );
  });

  it('is never asked for a code that does not exist', () => {
    expect(Object.keys(ERROR_TABLE)).toEqual([...ERROR_CODES]);
  });
});

describe('a command request', () => {
  it('survives arbitrary JSON without throwing anything but a validation error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typeof commandRequestSchema.safeParse(value).success).toBe('boolean');
      }),
    );
  });
});
