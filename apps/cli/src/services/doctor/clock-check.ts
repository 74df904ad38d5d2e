import { notChecked, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

/** `connect` allows for a difference, but not what judges tokens and certificates by the clock of this machine. */
export async function clockCheck({ session, coordinator }: Patient): Promise<Seen[]> {
  const asked = await coordinator();
  if ('error' in asked) return [notChecked(asked.whose)];
  const { offsetMs } = asked;
  const differs = Math.abs(offsetMs);
  if (differs <= session.settings.doctor_clock_tolerance_ms.value)
    return [
      ok(differs < 1 ? "Agrees with the coordinator's." : `Within ${Math.ceil(differs)} ms of the coordinator's.`),
    ];
  const direction = offsetMs > 0 ? 'behind' : 'ahead of';
  return [
    warning(
      `This machine's clock is ${seconds(differs)} ${direction} the coordinator's.`,
      'Have both kept by NTP. "connect" allows for the difference; TLS and SSH certificates and sign-ins do not.',
    ),
  ];
}
