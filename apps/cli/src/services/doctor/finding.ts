import { asServonautError } from '../../ui/render-error.ts';

export type FindingState = 'ok' | 'warning' | 'failure';

/** What a check has seen. */
export interface Seen {
  readonly state: FindingState;
  /** Which of several things it is about, such as the name of a server. */
  readonly subject: string | null;
  /** In a sentence or two. */
  readonly what: string;
  /** What the operator does about it; null when there is nothing to be done. */
  readonly todo: string | null;
  /** What tells more and may hold an address. */
  readonly detail: string | null;
}

export interface Finding extends Seen {
  readonly check: string;
}

type About = Partial<Pick<Seen, 'subject' | 'detail'>>;

const NOTHING_MORE = { subject: null, detail: null };

export function ok(what: string, about: About = {}): Seen {
  return { ...NOTHING_MORE, ...about, state: 'ok', what, todo: null };
}

/** Something that works for now, or may be meant. */
export function warning(what: string, todo: string, about: About = {}): Seen {
  return { ...NOTHING_MORE, ...about, state: 'warning', what, todo };
}

export function failure(what: string, todo: string, about: About = {}): Seen {
  return { ...NOTHING_MORE, ...about, state: 'failure', what, todo };
}

/** What only matters once something else is mended, which has a finding of its own. */
export function notChecked(cause: 'login' | 'coordinator' | 'configuration'): Seen {
  return warning(`Not checked, because of what is said of the ${cause}.`, 'Mend that, and run this again.');
}

/** An error of ours, told as it tells itself; of the system's, that it is in the way; of any other, that it was a fault of ours. */
export function failed(error: unknown, about: About = {}): Seen {
  const known = asServonautError(error);
  if (known) return failure(known.message, known.nextStep, { ...about, detail: known.detail?.trim() || null });
  const detail = String(error);
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return failure('The check itself has failed.', 'Please report it.', { ...about, detail });
  return failure(`It cannot be looked at (${code}).`, 'See what is said of the permissions.', { ...about, detail });
}
