import type { Update } from './update.ts';

const LINE_BREAK = /\r\n|\r|\n/g;

/** A comment: no event for the receiver, a sign of life for proxies and watchdogs. */
export const HEARTBEAT = ':\n';

/**
 * One update as `text/event-stream` (WHATWG HTML, section 9.2). The update must have passed `assertValidUpdate`.
 * CR and CRLF in data arrive as LF: the format has no way to keep them.
 */
export function encodeUpdate(id: string, update: Update): string {
  const type = update.type ? `event: ${update.type}\n` : '';
  const retry = update.retry ? `retry: ${update.retry}\n` : '';
  return `${type}${retry}id: ${id}\ndata: ${update.data.replace(LINE_BREAK, '\ndata: ')}\n\n`;
}
