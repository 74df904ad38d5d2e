import type { PauseSwitch } from '../pause/pause-switch.ts';
import type { Report } from '../relay/relay-event.ts';
import type { TerminalKeys } from './terminal-keys.ts';

/** Reports a pause that holds, and every change of it by whomever. */
export function tellOfPauses(pause: PauseSwitch, report: Report): void {
  const tell = (now: PauseSwitch['current']): void =>
    report(now ? { event: 'paused', pause: now } : { event: 'resumed' });
  if (pause.current) tell(pause.current);
  pause.onChange(tell);
}

/** `p` pauses, however often it is pressed; only `u` by itself resumes, which nobody presses for something else. */
export function pauseByKey(keys: Pick<TerminalKeys, 'listen'>, pause: PauseSwitch, report: Report): void {
  keys.listen((key, isAlone) => {
    const isResume = key === 'u' && isAlone && pause.current !== undefined;
    if (key !== 'p' && !isResume) return;
    const changed = isResume ? pause.resume() : pause.pause(pause.current?.reason);
    changed.catch((error: unknown) => report({ event: 'warning', message: (error as Error).message }));
  });
}
