import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Logger, Module, Patch, Put, type INestApplication } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import supertest from 'supertest';
import { ProblemFilter } from '../errors/problem.filter.ts';
import { EntityTagInterceptor } from './entity-tag.interceptor.ts';
import { IfMatch, readIfMatch } from './if-match.ts';

Logger.overrideLogger(false);

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    [' * ', undefined],
    ['"7"', 7],
    ['\t"7" ', 7],
    ['"7","7"', 7],
    [', ,"7",,', 7],
    ['"other", W/"8", "7"', 7],
    ['W/"7"', 0],
    ['"x"', 0],
    ['"07"', 0],
    ['""', 0],
    ['"a,b"', 0],
    [`"${'9'.repeat(30)}"`, 0],
  ])('%j asks for version %j', (header, version) => {
    expect(readIfMatch(header)).toBe(version);
  });

  it.each(['', ' ', ',', '7', '"7', '7"', '"7" "8"', 'w/"7"', '"7";x', '*,"7"', '"7","8"', '"a b"', 'W/', '"\u0000"'])(
    '%j is refused',
    (header) => {
      expect(() => readIfMatch(header)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    },
  );
});

@Controller()
class Routes {
  @Get('thing')
  get() {
    return { id: 'a', version: 7 };
  }

  @Patch('thing')
  change(@IfMatch() version: number | undefined) {
    return { asked: version ?? null, version: 8 };
  }

  @Put('thing')
  put() {
    return { version: 8 };
  }

  @Get('things')
  list() {
    return { things: [{ version: 7 }], version: '7' };
  }
}

@Module({
  controllers: [Routes],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_INTERCEPTOR, useClass: EntityTagInterceptor },
  ],
})
class Root {}

describe('the entity tag', () => {
  let app: INestApplication;
  beforeAll(async () => {
    app = await NestFactory.create(Root, { logger: false });
    app.getHttpAdapter().getInstance().disable('etag');
    await app.init();
  });
  afterAll(() => app.close());
  const call = (method: 'get' | 'patch' | 'put', path: string) => supertest(app.getHttpServer())[method](path);

  it('is the version of the one thing that is answered', async () => {
    expect((await call('get', '/thing')).headers['etag']).toBe('"7"');
    expect((await call('patch', '/thing')).headers['etag']).toBe('"8"');
    expect((await call('get', '/things')).headers).not.toHaveProperty('etag');
    expect((await call('put', '/thing')).headers).not.toHaveProperty('etag');
  });

  it('is of what can be changed and not of all that is shown, so that nobody is told to keep what they have', async () => {
    for (const known of ['"7"', 'W/"7"', '"6", "7"', '*'])
      for (const path of ['/thing', '/things']) await call('get', path).set('If-None-Match', known).expect(200);
  });

  it('reaches the route as a version, and as an error when it is malformed', async () => {
    expect((await call('patch', '/thing').set('If-Match', '"7"')).body.asked).toBe(7);
    expect((await call('patch', '/thing')).body.asked).toBeNull();
    const refused = await call('patch', '/thing').set('If-Match', '7');
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
  });
});
