import { BadRequestException, HttpException, NotFoundException, type ArgumentsHost } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import express, { type Response } from 'express';
import request from 'supertest';
import { bearerChallenge } from './bearer-challenge.ts';
import { ProblemFilter } from './problem.filter.ts';
import { toServonautError } from './to-servonaut-error.ts';

describe('whatever is thrown becomes one of our errors', () => {
  it('leaves ours as they are', () => {
    const error = new ServonautError('executor_offline');
    expect(toServonautError(error)).toBe(error);
  });

  it.each([
    [new NotFoundException('Cannot GET /secret'), 'not_found'],
    [new HttpException('x', 413), 'payload_too_large'],
    [new HttpException('x', 418), 'invalid_request'],
    [new HttpException('x', 502), 'internal'],
    [new Error('password=hunter2'), 'internal'],
    ['just text', 'internal'],
    [undefined, 'internal'],
  ])('%p', (thrown, code) => {
    const error = toServonautError(thrown);
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/secret|hunter2|just text/);
  });

  it('tells a body that is not JSON from one of the wrong shape', () => {
    const parse = Object.assign(new SyntaxError('Unexpected token'), { type: 'entity.parse.failed' });
    expect(toServonautError(new BadRequestException('x', { cause: parse })).code).toBe('malformed_json');
    expect(toServonautError(new BadRequestException('x')).code).toBe('invalid_request');
  });
});

describe('an error over HTTP', () => {
  const filter = new ProblemFilter();
  const answer = (thrown: ServonautError, response: Response): void => {
    const http = { getRequest: () => response.req, getResponse: () => response };
    filter.catch(thrown, { switchToHttp: () => http } as unknown as ArgumentsHost);
  };
  const answerTo = (error: ServonautError) => {
    const app = express().get('/', (_, response) => answer(error, response));
    return request(app).get('/');
  };

  it('says when to come back, where it is known', async () => {
    const facts = { retry_after_seconds: 90 };
    const { status, headers } = await answerTo(new ServonautError('too_many_requests', { facts }));
    expect([status, headers['retry-after']]).toEqual([429, '90']);
    expect((await answerTo(new ServonautError('too_many_requests'))).headers).not.toHaveProperty('retry-after');
  });
});

describe('bearer challenge', () => {
  const wayIn = { resourceMetadata: 'https://s.example/.well-known/oauth-protected-resource/mcp', scope: 'mcp:tools' };

  it('tells a caller without a token the way in and nothing of an error', () => {
    expect(bearerChallenge(new ServonautError('unauthenticated'), wayIn)).toBe(
      `Bearer realm="servonaut", scope="mcp:tools", resource_metadata="${wayIn.resourceMetadata}"`,
    );
    expect(bearerChallenge(new ServonautError('unauthenticated'))).toBe('Bearer realm="servonaut"');
  });

  it('tells a caller whose token is refused the way in too', () => {
    expect(bearerChallenge(new ServonautError('token_expired'), wayIn)).toBe(
      `Bearer realm="servonaut", error="invalid_token", error_description="The token has expired.", scope="mcp:tools", resource_metadata="${wayIn.resourceMetadata}"`,
    );
  });

  it.each(['token_invalid', 'token_expired', 'token_revoked'] as const)('answers %s as invalid_token', (code) => {
    expect(bearerChallenge(new ServonautError(code))).toContain('error="invalid_token"');
  });

  it('names the scope that is missing', () => {
    const error = new ServonautError('insufficient_scope', { facts: { scope: 'admin' } });
    expect(bearerChallenge(error)).toMatch(/error="insufficient_scope".*scope="admin"$/);
    expect(bearerChallenge(error, wayIn)).toMatch(/error="insufficient_scope".*scope="admin", resource_metadata=/);
  });

  it('cannot be split by what it quotes', () => {
    const error = new ServonautError('token_invalid', { message: 'a "b" \\ \r\nSet-Cookie: ä' });
    expect(bearerChallenge(error)).toContain(`error_description="a 'b' '   Set-Cookie: '"`.replace('   ', " ''"));
  });

  it('is not for errors that have nothing to do with the token', () => {
    expect(bearerChallenge(new ServonautError('executor_offline'))).toBeUndefined();
    expect(bearerChallenge(new ServonautError('not_entitled'))).toBeUndefined();
  });
});
