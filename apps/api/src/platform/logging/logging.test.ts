import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import express from 'express';
import supertest from 'supertest';
import { toServonautError } from '../errors/to-servonaut-error.ts';
import { createLogger } from './logger.ts';
import { NestLogger } from './nest-logger.ts';
import { requestLog } from './request-log.ts';
import { humanLine } from './terminal-stream.ts';

const TOKEN = `svn_${'a'.repeat(16)}_${'B'.repeat(43)}`;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl';

function capture(logLevel: 'debug' | 'info' = 'debug') {
  const lines: string[] = [];
  const logger = createLogger({ logLevel }, { write: (line) => void lines.push(line) });
  return { logger, lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

function server(logger: ReturnType<typeof createLogger>) {
  const app = express().use(requestLog(logger));
  app.get('/fine', (_request, response) => void response.end());
  app.get('/broken', (_request, response) => void response.status(500).end());
  return supertest(app);
}

describe('log', () => {
  it.each([
    ['a token of ours', { detail: `got ${TOKEN} from it` }, 'B'.repeat(43)],
    ['a JSON Web Token', { detail: JWT }, 'c2lnbmF0dXJl'],
    ['a password in a URL', { detail: 'postgres://servonaut:hunter2@db/x' }, 'hunter2'],
    ['the secret of an invitation', { req: { path: '/invitation/q2VyZXQ-_x' } }, 'q2VyZXQ'],
    ['a value under a key that says what it is', { options: { password: 'hunter2' } }, 'hunter2'],
    ['an Authorization header', { headers: { authorization: 'Basic aHVudGVyMg' } }, 'aHVudGVyMg'],
    ['a token in the stack of an error', { err: new Error(`no ${TOKEN}`) }, 'B'.repeat(43)],
  ])('keeps %s to itself', (_what, entry, secret) => {
    const { logger, lines } = capture();
    logger.info(entry, 'message');
    expect(lines.join('')).toContain('message');
    expect(lines.join('')).not.toContain(secret);
    expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow();
  });

  it('says nothing of a request that went well, unless it is asked to', async () => {
    const quiet = capture('info');
    await server(quiet.logger).get('/fine');
    expect(quiet.lines).toEqual([]);
  });

  it('names a request without its query string and without its headers', async () => {
    const { logger, lines, entries } = capture();
    await server(logger).get(`/fine?authorization=${JWT}&x=private`).set('Cookie', 'a=private');
    expect(entries()[0]).toMatchObject({ level: 20, req: { method: 'GET', path: '/fine' }, res: { status: 200 } });
    expect(lines.join('')).not.toContain('private');
  });

  it('says refusals at info and failures at warn', async () => {
    const { logger, entries } = capture();
    await server(logger).get('/nowhere');
    await server(logger).get('/broken');
    expect(entries()).toMatchObject([
      { level: 30, res: { status: 404 } },
      { level: 40, res: { status: 500 } },
    ]);
    expect(entries()[1]).not.toHaveProperty('err');
  });

  it('takes over a sane request id and echoes it', async () => {
    const { logger, entries } = capture();
    const answer = await server(logger).get('/fine').set('X-Request-Id', 'abc-1');
    expect(answer.headers['x-request-id']).toBe('abc-1');
    expect(entries()[0]).toMatchObject({ req: { id: 'abc-1' } });
  });

  it.each(['a b', 'x'.repeat(65), '{"a":1}', ''])('makes an id of its own for %j', async (given) => {
    const answer = await server(capture().logger).get('/fine').set('X-Request-Id', given);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names the request in every line that is logged on its behalf', async () => {
    const { logger, entries } = capture();
    const app = express().use(requestLog(logger));
    app.get('/', async (_request, response) => {
      await Promise.resolve();
      logger.info('deep inside');
      response.end();
    });
    await supertest(app).get('/').set('X-Request-Id', 'abc-1');
    logger.info('outside');
    expect(entries().find(({ msg }) => msg === 'deep inside')).toMatchObject({ request_id: 'abc-1' });
    expect(entries().find(({ msg }) => msg === 'outside')).not.toHaveProperty('request_id');
  });

  it('takes what Nest logs, and its account of the start at debug', () => {
    const { logger, entries } = capture();
    const nest = new NestLogger(logger);
    nest.log('mapped', 'RouterExplorer');
    nest.warn({ port: 1 }, 'gone', 'Redis');
    nest.error(new Error('broken'), 'Relay');
    nest.error('broken', 'Error: broken\n at x', 'Relay');
    expect(entries()).toMatchObject([
      { level: 20, msg: 'mapped', context: 'RouterExplorer' },
      { level: 40, msg: 'gone', context: 'Redis', port: 1 },
      { level: 50, msg: 'broken', context: 'Relay', err: { message: 'broken' } },
      { level: 50, msg: 'broken', context: 'Relay', stack: 'Error: broken\n at x' },
    ]);
  });

  it('says of a query that failed why, and never what was bound to it', () => {
    const { logger, lines, entries } = capture();
    const nest = new NestLogger(logger);
    const cause = Object.assign(new Error('invalid input syntax'), { where: 'JSON data: hunter2' });
    const failed = new DrizzleQueryError('insert into "x" values ($1, $2)', ['hunter2', '"} hunter2\n\\'], cause);
    const error = toServonautError(failed);
    nest.error(failed, 'Problem');
    nest.error({ err: failed, detail: error.detail }, error.message, 'Problem');
    nest.error({ err: error }, 'gone', 'Problem');
    nest.error({ err: new ServonautError('internal', { cause: failed, detail: failed.message }) }, 'gone', 'Problem');
    nest.warn(`not kept: ${failed.message}`, 'Problem');
    nest.error(failed.message, failed.stack, 'Problem');
    expect(lines.join('')).not.toMatch(/hunter2|insert/);
    expect(entries()).toHaveLength(6);
    expect(entries().slice(0, 3)).toMatchObject([
      { msg: 'invalid input syntax', err: { message: 'invalid input syntax' } },
      { detail: 'invalid input syntax', err: { message: 'invalid input syntax' } },
      { err: { message: expect.stringContaining('invalid input syntax') } },
    ]);
  });

  it('can be read by people', () => {
    const line = JSON.stringify({
      level: 40,
      time: 0,
      context: 'Redis',
      msg: 'gone',
      port: 1,
      err: { stack: 'Error: x' },
    });
    // eslint-disable-next-line no-control-regex -- colours are what is taken away here
    const plain = humanLine(line).replace(/\u001B\[\d+m/g, '');
    expect(plain).toMatch(/^\d\d:\d\d:\d\d warn {2}Redis gone port=1\nError: x$/);
  });
});
