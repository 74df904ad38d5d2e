import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Param, Patch, Post, type Type } from '@nestjs/common';
import { temporaryFolder } from '@servonaut/testkit';
import { Validator } from '@seriousme/openapi-schema-validator';
import { loadConfig } from './config/app-config.ts';
import { z } from 'zod';
import { IfMatch } from './platform/http/if-match.ts';
import { Refuses } from './platform/openapi/describe.ts';
import { METHODS, type Answer, type OpenApiDocument, type Operation } from './platform/openapi/openapi.ts';
import { openApiDocument } from './platform/openapi/openapi-document.ts';
import { ZodAnswer } from './platform/zod/zod-body.ts';
import { startCoordinator, type Coordinator } from './start.ts';
import { routesOf } from './testing/routes-of.ts';

const DESCRIBED = /^\/(?:api\/(?!docs)|health\/)/;

describe('the OpenAPI document', () => {
  let coordinator: Coordinator;
  let document: OpenApiDocument;
  let operations: (readonly [string, Operation])[];

  beforeAll(async () => {
    const settings = loadConfig({ SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' });
    coordinator = await startCoordinator(settings, () => undefined);
    const answer = await fetch(`${coordinator.config.publicUrl}/api/docs-json`);
    expect(answer.headers.get('content-type')).toContain('application/json');
    document = (await answer.json()) as OpenApiDocument;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        return operation ? [[`${method.toUpperCase()} ${path}`, operation] as const] : [];
      }),
    );
  }, 60_000);
  afterAll(() => coordinator.app.close());

  it('is one by the schema of OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect([valid, errors]).toEqual([true, undefined]);
    expect(document.openapi).toBe('3.1.0');
  });

  it('has every route that the router has, and no other', () => {
    const routes = routesOf(coordinator).filter(
      ({ method, path }) => DESCRIBED.test(path) && !['HEAD', 'OPTIONS'].includes(method),
    );
    const named = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(operations.map(([name]) => name).sort()).toEqual([...new Set(named)].sort());
    expect(operations.length).toBeGreaterThan(25);
  });

  it('has an id and a summary of its own for each operation, and the scopes of the token', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, { operationId, summary, security }] of operations) {
      expect([name, operationId]).toEqual([name, expect.stringMatching(/^\w+$/)]);
      expect([name, summary]).toEqual([name, expect.stringMatching(/.{5}/)]);
      if (name.includes('/api/admin')) expect([name, security]).toEqual([name, [{ bearer: ['admin'] }]]);
    }
  });

  it('says what every answer looks like, errors included', () => {
    for (const [name, { responses }] of operations)
      for (const [status, answer] of Object.entries(responses)) {
        const isEmpty = status === '204';
        const isError = '$ref' in answer;
        const { content } = isError ? document.components.responses[answer.$ref.split('/').at(-1)!]! : answer;
        expect([name, status, Object.keys(content ?? {}).length > 0]).toEqual([name, status, !isEmpty]);
      }
  });

  it('has nothing that may be anything where a body or a parameter is described', () => {
    for (const [name, { parameters, requestBody }] of operations) {
      const schemas = [...parameters.map(({ schema }) => schema), ...Object.values(requestBody?.content ?? {})];
      for (const schema of schemas) expect([name, Object.keys(schema)]).not.toEqual([name, []]);
    }
  });

  it('leaves room in answers for what a later version tells, and none in what is sent', () => {
    for (const [name, { requestBody, responses }] of operations) {
      const answers = Object.values(responses).filter((answer): answer is Answer => !('$ref' in answer));
      expect([name, JSON.stringify(answers)]).not.toEqual([
        name,
        expect.stringContaining('"additionalProperties":false'),
      ]);
      const body = requestBody?.content['application/json']?.schema;
      if (body?.properties) expect([name, body.additionalProperties]).not.toEqual([name, true]);
    }
    expect(JSON.stringify(document)).toContain('"additionalProperties":false');
  });

  it('says that 503 may come where a token is checked, and not where nothing can be away', () => {
    const without = operations.filter(([, { responses }]) => !('503' in responses)).map(([name]) => name);
    expect(without).toEqual(['GET /health/live']);
  });

  it.each([
    ['GET /api/admin/audit', ['kind', 'limit', 'cursor'], ['200', '400', '401', '403', '503']],
    ['GET /api/admin/users/{id}', ['id'], ['200', '400', '401', '403', '404', '503']],
    ['POST /api/admin/users', ['Idempotency-Key'], ['201', '400', '401', '403', '404', '409', '413', '422', '503']],
    ['GET /health/live', [], ['200', '403']],
  ])('describes %s', (name, parameters, statuses) => {
    const operation = operations.find(([each]) => each === name)![1];
    expect(operation.parameters.map((each) => each.name)).toEqual(expect.arrayContaining(parameters));
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(statuses));
  });

  it('is all that there is: another method is refused, with those that the address takes', async () => {
    for (const [method, address, allow] of [
      ['PUT', '/api/admin/users', 'GET, POST'],
      ['POST', '/health/live', 'GET'],
    ] as const) {
      const answer = await fetch(coordinator.config.publicUrl + address, { method });
      expect([address, answer.status, answer.headers.get('allow')]).toEqual([address, 405, allow]);
      expect(await answer.json()).toMatchObject({ code: 'method_not_allowed', status: 405 });
    }
    const nowhere = await fetch(`${coordinator.config.publicUrl}/api/admin/nothing`);
    expect([nowhere.status, nowhere.headers.has('allow')]).toEqual([404, false]);
  });

  it('is shown on a page that runs nothing of elsewhere', async () => {
    const page = await fetch(`${coordinator.config.publicUrl}/api/docs`);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)[^>]*>\s*\S/);
    for (const [, source = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await fetch(new URL(source, page.url))).status).toBe(200);
  });
});

describe('a thing with a version', () => {
  const schema = z.object({ id: z.string(), version: z.int() });

  @Controller('api/admin/things')
  class ThingsController {
    @Get('one')
    @ZodAnswer(200, schema, 'It.')
    get() {
      return {};
    }

    @Patch('one')
    @ZodAnswer(200, schema, 'It.')
    @Refuses('quota_exceeded')
    change(@IfMatch() _version: number | undefined) {
      return {};
    }
  }

  const { get, patch } = openApiDocument([ThingsController], '1').paths['/api/admin/things/one']!;
  const headersOf = (operation: Operation, status: string) =>
    Object.keys((operation.responses[status] as Answer).headers ?? {});

  it('is described with its entity tag', () => {
    expect(headersOf(get!, '200')).toContain('ETag');
    expect(get!.parameters).toEqual([]);
  });

  it('is described with the conditions of a change, and what its author says of it', () => {
    expect(headersOf(patch!, '200')).toContain('ETag');
    expect(patch!.parameters.map(({ name }) => name)).toEqual(['If-Match']);
    expect(Object.keys(patch!.responses)).toEqual(expect.arrayContaining(['400', '409', '412', '413', '429']));
  });
});

describe('a route that does not say enough', () => {
  const documentOf = (controller: Type) => () => openApiDocument([controller], '1');

  it.each([
    ['reads a part of the request without a ZodPipe', Param('id')],
    ['does not say what :id may be', undefined],
  ])('is refused when it %s', (problem, parameter) => {
    @Controller('api/things')
    class ThingsController {
      @Get(':id')
      @HttpCode(204)
      get(_id: string) {
        return {};
      }
    }
    parameter?.(ThingsController.prototype, 'get', 0);
    expect(documentOf(ThingsController)).toThrow(problem);
  });

  it('is refused when it does not say what it answers', () => {
    @Controller('api/things')
    class ThingsController {
      @Post()
      make() {
        return {};
      }
    }
    expect(documentOf(ThingsController)).toThrow('does not say what it answers');
  });

  it('is no concern of the document when it is no part of the interface', () => {
    @Controller('pages')
    class PagesController {
      @Get()
      get() {
        return '';
      }
    }
    expect(documentOf(PagesController)().paths).toEqual({});
  });
});
