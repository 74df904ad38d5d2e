import { describe, expect, it } from '@jest/globals';
import { FIRST_PARTY_TOOLS, toolSchemaSchema, type ServerAnswer } from '@servonaut/contracts';
import { z } from 'zod';
import { answerSchema } from './answer-schema.ts';

const ANSWER: ServerAnswer = {
  server: 'web-1',
  status: 'succeeded',
  exit_code: 0,
  stdout: '',
  stderr: '',
  truncated: false,
  duration_ms: 1,
};

/** As a client does that refuses what its tool has not announced. */
function isTaken(schema: Parameters<typeof answerSchema>[0]['data_schema'], data: Record<string, unknown>): boolean {
  const check = z.fromJSONSchema(answerSchema({ data_schema: schema }));
  return check.safeParse({ request_id: null, results: [{ ...ANSWER, data }] }).success;
}

const SIZES = toolSchemaSchema.parse({
  type: 'object',
  properties: {
    at: { type: 'string', format: 'date-time', description: 'When.' },
    state: { type: 'string', enum: ['up', 'down'] },
    bytes: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
    rows: {
      type: 'array',
      items: {
        oneOf: [
          { type: 'object', properties: {} },
          { type: 'string', const: 'x' },
        ],
      },
    },
  },
  required: ['at', 'state'],
  additionalProperties: false,
});

describe('what is announced of an answer', () => {
  it('has the names and types of what the tool itself answers', () => {
    expect(answerSchema({ data_schema: SIZES })).toHaveProperty('properties.results.items.properties.data', {
      type: 'object',
      properties: {
        at: { type: 'string', description: 'When.' },
        state: { type: 'string' },
        bytes: { type: ['integer', 'null'] },
        rows: { type: 'array', items: { anyOf: [{ type: 'object', properties: {} }, { type: 'string' }] } },
      },
    });
  });

  it('refuses no answer for what was redacted, left out or added since', () => {
    expect(isTaken(SIZES, { at: '[redacted: x]', state: 'new', bytes: null, rows: [{ a: 1 }, 'y'], more: 1 })).toBe(
      true,
    );
    expect(isTaken(SIZES, {})).toBe(true);
    expect(isTaken(SIZES, { bytes: 'many' })).toBe(false);
  });

  it.each([
    ['no list of branches', { anyOf: {} }, {}],
    ['branches that are none', { anyOf: [null, 7] }, { anyOf: [{}, {}] }],
    ['no branches', { oneOf: [] }, {}],
    ['an unknown type', { type: 'text' }, {}],
    ['a type that is a number', { type: 5 }, {}],
    ['types that are none', { type: ['string', {}] }, {}],
    ['a type twice', { type: ['string', 'string'] }, {}],
    ['no types', { type: [] }, {}],
    ['a description that is no text', { type: 'string', description: { a: 1 } }, { type: 'string' }],
    ['properties that are none', { properties: { a: 5 } }, { properties: { a: {} } }],
    [
      'an id, by which a client may know another schema',
      { type: 'string', $id: 'x', $schema: 'y' },
      { type: 'string' },
    ],
  ])('leaves out what is no schema: %s', (_, odd, taken) => {
    const schema = toolSchemaSchema.parse({ type: 'object', properties: { odd } });
    expect(answerSchema({ data_schema: schema })).toHaveProperty('properties.results.items.properties.data', {
      type: 'object',
      properties: { odd: taken },
    });
  });

  it('says what every answer has', () => {
    const { required } = answerSchema({}) as { required?: string[] };
    expect(required).toEqual(['request_id', 'results']);
    expect(answerSchema({})).toHaveProperty('properties.results.items.properties.status.enum');
  });

  it('is short, since an agent may be given the one of every tool', () => {
    const all = FIRST_PARTY_TOOLS.map((tool) => JSON.stringify(answerSchema(tool)).length);
    expect(Math.max(...all)).toBeLessThan(2_500);
  });
});
