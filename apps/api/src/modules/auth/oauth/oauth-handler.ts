import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServonautError } from '@servonaut/contracts';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { FlowPages } from './flow-pages.ts';
import { libraryUrl, OAUTH_PATHS } from './oauth-paths.ts';
import { answerRefusal } from './refused-request.ts';
import { checkLimits, type RequestLimits } from './request-limits.ts';
import { AUDIENCE_SCOPES, audienceOfResource } from './resources.ts';

export interface OauthHandlerParts extends RequestLimits {
  readonly publicUrl: string;
  readonly pages: FlowPages;
  /** The library, as it is now. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => unknown;
  /** Stands before a registration; answers it itself, or hands it on. */
  readonly registration: RequestHandler;
}

/**
 * What the library's own pages that send themselves on need, with the hash of their script added by the library: `script-src` is empty. They post to the
 * client too (`form_post`), so that no `form-action` can be named. Pages of ours say their own.
 */
const POLICY = "default-src 'none'; script-src; frame-ancestors 'none'; base-uri 'none'";

const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/** Takes the requests that are for the authorization server, before anything reads their bodies, and passes on all others. */
export function oauthHandler(parts: OauthHandlerParts): RequestHandler {
  return (request, response, next) => {
    const url = libraryUrl(request.path, queryOf(request.url));
    if (url === undefined) return next();
    response.setHeader('Content-Security-Policy', POLICY);
    // Under `no-referrer` browsers send `Origin: null` with a form, and a page that sends itself on to us would be refused.
    response.setHeader('Referrer-Policy', 'same-origin');
    if (request.path !== OAUTH_PATHS.registration) return void answer(parts, request, response, next, url);
    return parts.registration(request, response, (error?: unknown) =>
      error === undefined ? void answer(parts, request, response, next, url) : next(error),
    );
  };
}

async function answer(
  parts: OauthHandlerParts,
  request: Request,
  response: Response,
  next: NextFunction,
  url: string,
): Promise<void> {
  const { originalUrl } = request;
  try {
    await checkLimits(parts, request);
    speakFor(parts.publicUrl, request);
    request.url = withScope(url, parts.publicUrl);
    // From the difference of the two the library would conclude that it is mounted elsewhere.
    request.originalUrl = request.url;
    await parts.serve(request, response);
  } catch (error) {
    if (!isRefusal(error)) return next(error);
    answerRefusal(error, request, response, parts.pages);
  } finally {
    // For the log.
    request.originalUrl = originalUrl;
  }
}

function isRefusal(error: unknown): error is ServonautError {
  return error instanceof ServonautError && ['too_many_requests', 'payload_too_large'].includes(error.code);
}

/** The library asks headers of a proxy for the address that it is reached at. It gets the configured one and the client that Express believes in. */
function speakFor(publicUrl: string, { headers, ip }: Request): void {
  for (const name of PROXY_HEADERS) delete headers[name];
  const { protocol, host } = new URL(publicUrl);
  headers['x-forwarded-proto'] = protocol.slice(0, -1);
  headers['x-forwarded-host'] = host;
  headers['x-forwarded-for'] = ip ?? '';
}

/** An agent that asks for no scope gets what the door is for; to the library it would have asked for nothing. */
function withScope(url: string, publicUrl: string): string {
  const [path, query = ''] = url.split('?', 2);
  const asked = new URLSearchParams(query);
  if (path !== OAUTH_PATHS.authorization || asked.get('scope')) return url;
  const audience = audienceOfResource(asked.get('resource') ?? '', publicUrl) ?? 'mcp';
  asked.set('scope', AUDIENCE_SCOPES[audience][0] ?? '');
  return `${path}?${asked.toString()}`;
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}
