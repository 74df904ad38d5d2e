const PLACE = String.raw`([A-Za-z0-9_[][A-Za-z0-9_.:%@,[\]-]*)`;
const JUMP = new RegExp(String.raw`(?:^|\s)-(?:J\s*|o\s*["']?ProxyJump\s*[= ]\s*)["']?${PLACE}["']?(?=\s|$)`, 'i');

/** `ssh -W %h:%p bastion`, as it was written before there was ProxyJump. */
const FORWARD = new RegExp(
  String.raw`ProxyCommand\s*[= ]\s*["']?\s*ssh\s+(?:-q\s+)?(?:-W\s*["']?%h:%p["']?\s+(?:-q\s+)?${PLACE}|${PLACE}\s+-W\s*["']?%h:%p["']?)\s*["']?\s*["']?(?=\s|$)`,
  'i',
);

/**
 * The server that arguments for ssh(1) lead through; undefined when they lead through none. Other arguments do not count: how to reach a server otherwise
 * is for ssh_config to say.
 * @throws Error when they lead another way that is not understood
 */
export function jumpOf(written: string): string | undefined {
  // The patterns would try every way to part a long blank.
  const sshArguments = written.replaceAll(/\s+/g, ' ');
  const jump = JUMP.exec(sshArguments)?.[1];
  if (jump !== undefined) return jump;
  const [, first, second] = FORWARD.exec(sshArguments) ?? [];
  const forward = first ?? second;
  if (forward === undefined && /Proxy|(?:^|\s)-J/i.test(sshArguments))
    throw new Error('its ssh arguments name a proxy');
  return forward;
}
