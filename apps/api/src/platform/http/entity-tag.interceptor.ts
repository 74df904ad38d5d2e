import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { tap, type Observable } from 'rxjs';
import { entityTagOf } from './if-match.ts';

/**
 * Gives each answer about one thing that has a version its `ETag` (RFC 9110 section 8.8.3), for changes. It does not say that all else is as it was: what
 * is shown beside it changes with time, such as whether a key has expired. So nobody is told 304.
 * An answer to PUT has none: there it would say that what was sent is stored as it was, byte for byte (section 9.3.4).
 */
@Injectable()
export class EntityTagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    // Express would compare it by itself.
    delete request.headers['if-none-match'];
    if (request.method === 'PUT') return next.handle();
    return next.handle().pipe(tap((answer) => tag(http.getResponse<Response>(), answer)));
  }
}

function tag(response: Response, answer: unknown): void {
  const { version } = (answer ?? {}) as { version?: unknown };
  if (Number.isSafeInteger(version) && !response.headersSent) response.setHeader('ETag', entityTagOf(Number(version)));
}
