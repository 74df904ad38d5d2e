import type { ServonautError } from '@servonaut/contracts';
import type { Request, RequestHandler, Response } from 'express';
import { addressKey } from '../../../platform/limits/address-key.ts';
import type { RateLimits } from '../../../platform/limits/rate-limits.ts';
import { hangUp } from './refused-request.ts';
import { bodyLength } from './request-limits.ts';
import { isTooMany, retryAfter } from './too-many.ts';

/** Far more than clients say of themselves; the rule for clients holds them to as much. */
const MOST_BYTES = 16_384;
/** The limit for everybody has one key. */
const EVERYBODY = 'all';

/** Makes room for a client before it registers. */
export type MakeRoom = () => Promise<void>;

/**
 * Stands before the registration of a client, where anybody may ask for a row in the database: counts, and refuses what is too large before it is read.
 * Answers as RFC 7591 section 3.2.2 has it, which clients read.
 */
export function registrationDoor(limits: RateLimits, makeRoom: MakeRoom): RequestHandler {
  return async (request, response, next) => {
    if (request.method !== 'POST') return next();
    if (bodyLength(request) > MOST_BYTES) return tooLarge(request, response);
    try {
      await limits.take('registration_address', addressKey(request.ip));
      await limits.take('registration_all', EVERYBODY);
      await makeRoom();
    } catch (error) {
      return isTooMany(error) ? tooMany(response, error) : next(error);
    }
    next();
  };
}

function tooMany(response: Response, refusal: ServonautError): void {
  response.setHeader('Retry-After', retryAfter(refusal));
  const description = `Too many clients were registered. ${refusal.nextStep}`;
  response.status(429).json({ error: 'temporarily_unavailable', error_description: description });
}

function tooLarge(request: Request, response: Response): void {
  hangUp(request, response);
  response.status(413).json({ error: 'invalid_client_metadata', error_description: `at most ${MOST_BYTES} bytes` });
}
