import { createHash } from 'node:crypto';
import { Injectable, Logger, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { errorRow, fromProblem, ServonautError, toProblem } from '@servonaut/contracts';
import type { Response } from 'express';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import type { IdentifiedRequest } from '../access/authentication.ts';
import { toServonautError } from '../errors/to-servonaut-error.ts';
import { IdempotentAnswers, unknownOutcome, type Asking, type KeptAnswer } from './idempotent-answers.ts';

type Identified = IdentifiedRequest<{ readonly id: string }>;

/** Where the header is looked at, on POST: what may be asked again without harm anyway has no need of it. */
const DOORS = /^\/api\/(?:admin|me)(?:\/|$)/;
const KEY = /^[\x21-\x7e]{1,255}$/;
const REPLAYED = 'Idempotency-Replayed';

/** Whether requests to this route may have an `Idempotency-Key`. */
export function takesIdempotencyKey(method: string, path: string): boolean {
  return method === 'POST' && DOORS.test(path);
}

/** Whether an answer is that of an earlier request, so that nothing was done now. */
export function isReplayed(response: Response): boolean {
  return response.hasHeader(REPLAYED);
}

/**
 * Does once what is asked several times with one `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), and answers the same each time, refusals
 * included. What was only put off can be asked again. What failed on our side cannot, since it may have been done before it failed. The key is taken as it
 * stands, with the quotes of the draft or without.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #logger = new Logger(IdempotencyInterceptor.name);

  constructor(private readonly answers: IdempotentAnswers) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Identified>();
    const asking = askingOf(request);
    if (!asking) return next.handle();
    return defer(() => this.#answer(asking, next, http.getResponse<Response>()));
  }

  async #answer(asking: Asking, next: CallHandler, response: Response): Promise<unknown> {
    const kept = await this.answers.begin(asking);
    if (!kept) return this.#first(asking, next, response);
    response.setHeader(REPLAYED, 'true').status(kept.status);
    return replay(kept);
  }

  async #first(asking: Asking, next: CallHandler, response: Response): Promise<unknown> {
    let answer: unknown;
    try {
      answer = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (thrown) {
      await this.#remember(asking, () => this.#failed(asking, toServonautError(thrown)));
      throw thrown;
    }
    const made = { status: response.statusCode, body: JSON.stringify(answer ?? null) };
    await this.#remember(asking, () => this.answers.keep(asking, made, hasSecret(answer)));
    return answer;
  }

  #failed(asking: Asking, error: ServonautError): Promise<void> {
    const { http, retryable } = errorRow(error.code);
    const isOurs = http >= 500;
    if (retryable && !isOurs) return this.answers.forget(asking);
    const problem = toProblem(isOurs ? unknownOutcome() : error);
    return this.answers.keep(asking, { status: problem.status, body: JSON.stringify(problem) });
  }

  /** What was done is done, and is answered as such. A key of which that could not be written down is refused from now on. */
  async #remember({ principalId }: Asking, write: () => Promise<void>): Promise<void> {
    await write().catch((error: unknown) =>
      this.#logger.error({ err: error }, `an answer to ${principalId} could not be kept under its Idempotency-Key`),
    );
  }
}

/** Undefined where no key is taken, or none was given. */
function askingOf(request: Identified): Asking | undefined {
  const { method, originalUrl, principal, headers } = request;
  const { path } = request.route as { path: string };
  const key = headers['idempotency-key'];
  if (!principal || key === undefined || !takesIdempotencyKey(method, path)) return undefined;
  if (typeof key !== 'string' || !KEY.test(key))
    throw new ServonautError('invalid_request', { message: 'Idempotency-Key: expected 1 to 255 visible characters' });
  const asked = JSON.stringify([method, originalUrl, request.body ?? null]);
  return { principalId: principal.id, key: sha256(key), asked: sha256(asked) };
}

/** @throws ServonautError when that was the answer */
function replay({ status, body }: KeptAnswer): unknown {
  const answer: unknown = JSON.parse(body);
  if (status < 400) return answer ?? undefined;
  throw fromProblem(answer) ?? new ServonautError('internal', { detail: 'a kept answer is no problem' });
}

/** A token, or the link of an invitation, which is one too. */
function hasSecret(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && ('token' in answer || 'url' in answer);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
