import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import supertest from 'supertest';
import { jsonBody } from './json-body.ts';

const known: RequestHandler = (request, _response, next) => next(void Object.assign(request, { principal: {} }));
const echo: RequestHandler = (request, response) => void response.json({ body: request.body ?? null });
const refusal: ErrorRequestHandler = (error: unknown, _request, response, _next) =>
  void response.status(400).json({ code: error instanceof ServonautError ? error.code : String(error) });

const app = express().use(known, jsonBody(), echo, refusal);
const nested = (depth: number, [open, close]: readonly [string, string]) => open.repeat(depth) + close.repeat(depth);

describe('the body of a request', () => {
  it.each([
    ['arrays', ['[', ']']],
    ['objects', ['{"a":', '}']],
  ] as const)('may be %s in each other, but not deeper than anything takes', async (_, pair) => {
    const send = (depth: number) =>
      supertest(app).post('/').type('json').send(nested(depth, pair).replace(':}', ':1}'));
    expect((await send(100)).status).toBe(200);
    for (const depth of [101, 5_000]) {
      const { status, body } = await send(depth);
      expect([status, body]).toEqual([400, { code: 'invalid_request' }]);
    }
  });

  it('is looked at only where it means something', async () => {
    const send = (method: 'get' | 'delete') => supertest(app)[method]('/').type('json').send('{"a":');
    expect((await send('get')).body).toEqual({ body: null });
    expect((await send('delete')).status).toBe(400);
  });
});
