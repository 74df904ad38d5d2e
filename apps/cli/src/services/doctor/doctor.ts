import { hostNames, withoutAddresses } from './addresses.ts';
import { agentCheck } from './agent-check.ts';
import { auditCheck } from './audit-check.ts';
import { clockCheck } from './clock-check.ts';
import { configurationCheck } from './configuration-check.ts';
import { connectCheck } from './connect-check.ts';
import { coordinatorCheck, pinnedKeysCheck } from './coordinator-check.ts';
import { diskCheck } from './disk-check.ts';
import { failed, failure, type Finding, type FindingState, type Seen } from './finding.ts';
import { hubCheck } from './hub-check.ts';
import { journalCheck } from './journal-check.ts';
import { keychainCheck } from './keychain-check.ts';
import { keysCheck } from './keys-check.ts';
import { loginCheck } from './login-check.ts';
import { nodeCheck } from './node-check.ts';
import { patient, type Patient, type PatientFacts } from './patient.ts';
import { pauseCheck } from './pause-check.ts';
import { permissionsCheck } from './permissions-check.ts';
import { pluginsCheck } from './plugins-check.ts';
import { serversCheck } from './servers-check.ts';
import { sshProgramCheck } from './ssh-program-check.ts';

/** @param signal aborted when the check has had its time */
type Check = (patient: Patient, signal: AbortSignal) => readonly Seen[] | Promise<readonly Seen[]>;

/** In the order in which they are told of. */
const CHECKS: Readonly<Record<string, Check>> = {
  node: () => nodeCheck(),
  configuration: configurationCheck,
  plugins: (who) => pluginsCheck(who),
  permissions: permissionsCheck,
  disk: diskCheck,
  journal: (who) => journalCheck(who),
  audit: auditCheck,
  connect: connectCheck,
  pause: pauseCheck,
  keychain: (who) => keychainCheck(who),
  login: loginCheck,
  coordinator: coordinatorCheck,
  'pinned keys': pinnedKeysCheck,
  clock: clockCheck,
  hub: hubCheck,
  ssh: (who) => sshProgramCheck(who),
  agent: agentCheck,
  key: keysCheck,
  server: serversCheck,
};

/** How many servers there are decides how long it takes: each has a bound of its own. */
const BOUNDS_ITSELF = 'server';

const WORST_LAST: readonly FindingState[] = ['ok', 'warning', 'failure'];

export interface Examination extends PatientFacts {
  readonly showAddresses: boolean;
}

/** Makes all checks at once; none stops another. @returns what was found, the worst last */
export async function examine({ showAddresses, ...facts }: Examination): Promise<Finding[]> {
  const who = patient(facts);
  const seconds = who.session.settings.doctor_timeout_seconds.value;
  try {
    const made = Object.entries(CHECKS).map(async ([check, make]) => {
      const seen = await checked((signal) => make(who, signal), check === BOUNDS_ITSELF ? null : seconds);
      return seen.map((one) => ({ check, ...one }));
    });
    const findings = worstLast((await Promise.all(made)).flat());
    if (showAddresses) return findings;
    const hosts = await hostNames(who);
    return findings.map((finding) => withoutAddresses(finding, hosts));
  } finally {
    await who.close();
  }
}

export function worstLast(findings: readonly Finding[]): Finding[] {
  return WORST_LAST.flatMap((state) => findings.filter((finding) => finding.state === state));
}

/** @param seconds after which the check is given up; null for never */
export async function checked(
  make: (signal: AbortSignal) => readonly Seen[] | Promise<readonly Seen[]>,
  seconds: number | null,
): Promise<readonly Seen[]> {
  const time = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<readonly Seen[]>();
  const timer = seconds === null ? undefined : setTimeout(() => resolve([tooLate(seconds)]), seconds * 1_000);
  try {
    return await Promise.race([make(time.signal), late]);
  } catch (error) {
    return [failed(error)];
  } finally {
    clearTimeout(timer);
    time.abort();
  }
}

function tooLate(seconds: number): Seen {
  return failure(
    `No answer within ${seconds} s.`,
    'Find out what hangs, or give it more time by doctor_timeout_seconds.',
  );
}
