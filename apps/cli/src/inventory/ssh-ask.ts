/** What ssh(1) is asked for: its host, and what would be given on its command line. */
export interface SshAsk {
  readonly destination: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** As `ssh -J`. */
  readonly jump?: string | undefined;
}

/** The same as arguments of ssh(1). */
export function argumentsOf({ destination, host, port, user, jump }: SshAsk): string[] {
  return [
    ...(host === undefined ? [] : ['-o', `HostName=${host}`]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(jump === undefined ? [] : ['-J', jump]),
    '--',
    destination,
  ];
}
