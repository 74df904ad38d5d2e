import { errorRow, ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';

const ABOUT_WHAT_WAS_SENT: ReadonlySet<string> = new Set([
  'sign_in_refused',
  'too_many_requests',
  'invalid_request',
  'not_entitled',
]);

/** Sends a whole document. Its headers are those of the `VisitGuard`, unless the handler has said others. */
export function showPage(response: Response, page: string, status = 200): void {
  response.status(status).type('html').send(page);
}

/** Lets the page that is the answer run scripts from here, which no other page does. */
export function allowScript(response: Response): void {
  const policy = String(response.getHeader('Content-Security-Policy'));
  response.setHeader('Content-Security-Policy', `${policy}; script-src 'self'`);
}

/**
 * Shows a page once more, with why it was not taken.
 * @param page is called with the sentence for the person
 * @throws whatever is not about what somebody has sent.
 */
export async function showAgain(
  response: Response,
  error: unknown,
  page: (alert: string) => string | Promise<string>,
): Promise<void> {
  if (!(error instanceof ServonautError) || !ABOUT_WHAT_WAS_SENT.has(error.code)) throw error;
  const retryAfter = error.facts['retry_after_seconds'];
  if (typeof retryAfter === 'number') response.setHeader('Retry-After', String(retryAfter));
  showPage(response, await page(error.message), errorRow(error.code).http);
}
