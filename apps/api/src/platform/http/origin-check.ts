import { ServonautError } from '@servonaut/contracts';
import type { RequestHandler } from 'express';
import type { AppConfig } from '../../config/app-config.ts';

/**
 * Refuses requests of pages from elsewhere. A page can reach a coordinator on the visitor's own machine, directly or by DNS rebinding; its
 * browser then names the page's origin. Programs name none and pass.
 */
export function originCheck({ publicUrl, http }: Pick<AppConfig, 'publicUrl' | 'http'>): RequestHandler {
  const allowed = new Set([publicUrl, ...http.allowedOrigins]);
  return ({ headers: { origin } }, _response, next) => {
    if (origin === undefined || allowed.has(origin)) next();
    else next(new ServonautError('forbidden_origin'));
  };
}
