import type { Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { RequestHandler } from 'express';
import type { OpenApiDocument } from '../openapi/openapi.ts';
import { openApiDocument } from '../openapi/openapi-document.ts';
import { VERSION } from '../version.ts';

/** Where the description of the REST interface is, for people; `-json` is for programs. */
export const DOCS_PATH = '/api/docs';

/** Swagger's page brings its own scripts, and styles inside the page. Nothing is loaded from elsewhere. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

const pagePolicy: RequestHandler = (_request, response, next) => {
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
  next();
};

/** Serves the OpenAPI document and a page for it, to everybody: both are the same for every coordinator. The document is made when first asked for. */
export function serveApiDocs(app: NestExpressApplication): void {
  app.use(DOCS_PATH, pagePolicy);
  // The page takes 3.1; the types of the library know 3.0 alone.
  SwaggerModule.setup(DOCS_PATH, app, () => describe(app) as unknown as OpenAPIObject, {
    jsonDocumentUrl: `${DOCS_PATH}-json`,
    raw: ['json'],
    customSiteTitle: 'Servonaut API',
  });
}

function describe(app: NestExpressApplication): OpenApiDocument {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()].map(({ metatype }) => metatype));
  return openApiDocument(
    controllers.filter((each): each is Type => typeof each === 'function'),
    VERSION,
  );
}
