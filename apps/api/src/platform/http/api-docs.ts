import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { RequestHandler } from 'express';

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
  const outline = new DocumentBuilder()
    .setTitle('Servonaut')
    .setDescription('Errors are problem details (RFC 9457) with a code, a next step and the request id.')
    .setVersion('0.1.0')
    .addBearerAuth()
    .build();
  app.use(DOCS_PATH, pagePolicy);
  SwaggerModule.setup(DOCS_PATH, app, () => SwaggerModule.createDocument(app, outline), {
    jsonDocumentUrl: `${DOCS_PATH}-json`,
    raw: ['json'],
    customSiteTitle: 'Servonaut API',
  });
}
