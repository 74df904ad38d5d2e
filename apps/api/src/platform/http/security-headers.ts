import type { RequestHandler } from 'express';

const HEADERS = new Map([
  // Nothing here is a page, except /api/docs, which says its own.
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Strict-Transport-Security', 'max-age=31536000'],
  // Answers hold tokens and command output. Handlers may say otherwise.
  ['Cache-Control', 'no-store'],
]);

/** What a browser is to know before it believes anything else of an answer. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.setHeaders(HEADERS);
  next();
};
