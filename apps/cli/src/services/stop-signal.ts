/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP, with what `reason` makes; the second ends the process at once, with the exit code that a shell gives to a signal.
 */
export function stopOnSignals(reason?: () => Error): AbortSignal {
  const stop = new AbortController();
  const onSignal = (_: NodeJS.Signals, number: number): void => {
    if (stop.signal.aborted) process.exit(128 + number);
    stop.abort(reason?.());
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return stop.signal;
}
