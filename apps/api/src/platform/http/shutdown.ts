import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Logger } from '@nestjs/common';

const SWEEP_MS = 50;
/** After the grace, for closing the database; then the process goes without having closed it. */
const LAST_MS = 3_000;

/**
 * Ends the application: modules finish first (their `beforeApplicationShutdown`), then the listener closes, then connections to the outside. What
 * still runs after `graceSeconds` is cut off.
 * @returns whether everything closed.
 */
export async function shutDown(
  app: INestApplication,
  server: Server,
  graceSeconds: number,
  signal: string,
): Promise<boolean> {
  const logger = new Logger('Shutdown');
  logger.log(`${signal}: stopping, at most ${graceSeconds} s`);
  // A connection that a client keeps open without a request would hold up the close for as long as it likes.
  const sweep = setInterval(() => !server.listening && server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceSeconds * 1_000);
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const last = setTimeout(resolve, graceSeconds * 1_000 + LAST_MS, false);
  const closed = await Promise.race([app.close().then(() => true), late]);
  for (const timer of [sweep, cut, last]) clearTimeout(timer);
  logger.log(closed ? 'stopped' : 'stopped without closing everything');
  return closed;
}
