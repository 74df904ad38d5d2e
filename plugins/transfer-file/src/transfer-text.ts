import { byteWords } from '@servonaut/plugin-sdk/host-facts';

interface Facts {
  readonly direction: 'download' | 'upload';
  readonly remote: string;
  readonly local: string;
  readonly bytes: number;
  readonly resumed_from: number;
  readonly unchanged: boolean;
  readonly sha256: string | null;
  readonly duration_ms: number;
}

/** What was copied where, how fast, and whether both sides were compared. */
export function transferText(server: string, facts: Facts): string {
  const { direction, remote, local, bytes, unchanged, sha256 } = facts;
  const [there, here] = [`${remote} on ${server}`, `${local} in the transfer folder`];
  const way = direction === 'download' ? `${there} to ${here}` : `${here} to ${there}`;
  const checked = sha256 ? `SHA-256 ${sha256} on both sides.` : NOT_COMPARED;
  if (unchanged)
    return `${there} and ${here} are the same already (${byteWords(bytes)}): nothing was copied.\n${checked}`;
  return `Copied ${way}: ${amount(facts)}.\n${checked}`;
}

const NOT_COMPARED = 'Not compared: the server has no program that makes out a SHA-256.';

function amount({ bytes, resumed_from: from, duration_ms: duration }: Facts): string {
  const seconds = Math.max(duration, 1) / 1_000;
  const speed = `${byteWords(bytes)} in ${seconds.toFixed(1)} s`;
  return from > 0 ? `${speed}, the first ${byteWords(from)} by an earlier call` : speed;
}
