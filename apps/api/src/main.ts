import 'reflect-metadata';
import { errorRow, ServonautError } from '@servonaut/contracts';
import { loadConfig } from './config/app-config.ts';
import { shutDown } from './platform/http/shutdown.ts';
import { scrub } from './platform/logging/scrub.ts';
import { startCoordinator } from './start.ts';

async function main(): Promise<void> {
  // Whoever read the log has gone; the service goes on, and stops when it is told to.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const { app, listener, config } = await startCoordinator(loadConfig(), (text) => void process.stdout.write(text));
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // A second signal means now.
    process.once(signal, () => process.exit(1));
    const closed = await shutDown(app, listener.server, config.http.shutdownGraceSeconds, signal);
    process.exit(closed ? 0 : 1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, (name) => void stop(name));
}

/** What stopped the start, said in a form for whoever typed the command. */
function explain(error: unknown): void {
  const known = error instanceof ServonautError ? error : undefined;
  const text = known ? `${known.message}\n${known.nextStep}` : ((error as Error).stack ?? String(error));
  process.stderr.write(`${scrub(text)}\n`);
  process.exit(errorRow(known?.code ?? 'internal').exit);
}

main().catch(explain);
