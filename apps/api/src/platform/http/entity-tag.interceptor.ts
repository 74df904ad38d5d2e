import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { tap, type Observable } from 'rxjs';
import { entityTagOf } from './if-match.ts';

/**
 * Gives each answer about one thing that has a version its `ETag`. Express answers 304 where that is in `If-None-Match` (RFC 9110 section 13.1.2).
 * An answer to PUT has none: there it would say that what was sent is stored as it was, byte for byte (section 9.3.4).
 */
@Injectable()
export class EntityTagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    if (http.getRequest<Request>().method === 'PUT') return next.handle();
    return next.handle().pipe(tap((answer) => tag(http.getRequest<Request>(), http.getResponse<Response>(), answer)));
  }
}

function tag({ headers }: Request, response: Response, answer: unknown): void {
  const { version } = (answer ?? {}) as { version?: unknown };
  // Express takes `*` for whatever there is: 304 for a thing that nobody can have kept.
  if (!Number.isSafeInteger(version)) delete headers['if-none-match'];
  else if (!response.headersSent) response.setHeader('ETag', entityTagOf(Number(version)));
}
