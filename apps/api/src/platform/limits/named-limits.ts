import { z } from 'zod';

/** So many, in a window that begins with the first. */
export interface RateLimit {
  readonly points: number;
  readonly seconds: number;
}

const QUARTER_HOUR = 900;
const HOUR = 3_600;
const DAY = 86_400;

/** Every limit on how often, and what it counts. `SERVONAUT_RATE_LIMITS` changes them by these names. */
export const RATE_LIMITS = {
  sign_in_address: { points: 30, seconds: QUARTER_HOUR, counts: 'Passwords and passkeys tried from one address' },
  sign_in_account: { points: 10, seconds: QUARTER_HOUR, counts: 'Passwords tried for one e-mail from one address' },
  sign_in_everywhere: { points: 100, seconds: HOUR, counts: 'Passwords tried for one e-mail from wherever' },
  second_factor: { points: 10, seconds: QUARTER_HOUR, counts: 'One-time codes tried for one user' },
  second_factor_day: { points: 50, seconds: DAY, counts: 'Wrong one-time codes for one user, over a longer time' },
  recovery_code: { points: 10, seconds: QUARTER_HOUR, counts: 'Recovery codes tried for one user from one address' },
  upstream_address: { points: 60, seconds: HOUR, counts: 'Sign-ins at another provider from one address' },
  upstream_return: { points: 60, seconds: HOUR, counts: 'Returns from another provider from one address' },
  upstream_flow: { points: 1, seconds: QUARTER_HOUR, counts: 'Uses of one sign-in at another provider' },
  invitation_address: { points: 20, seconds: HOUR, counts: 'Invitations tried from one address' },
  flow_address: { points: 60, seconds: 300, counts: 'Sign-ins of agents and devices begun from one address' },
  user_code_address: { points: 20, seconds: QUARTER_HOUR, counts: 'Device codes typed in from one address' },
  user_code_all: { points: 1_000, seconds: QUARTER_HOUR, counts: 'Device codes typed in, in all' },
  device_address: { points: 60, seconds: HOUR, counts: 'Device codes asked for from one address' },
  device_poll: { points: 1, seconds: 4, counts: 'Questions whether one device code was confirmed' },
  token_address: { points: 600, seconds: 60, counts: 'Token requests from one address' },
  registration_address: { points: 10, seconds: HOUR, counts: 'Clients registered from one address' },
  registration_all: { points: 1_000, seconds: HOUR, counts: 'Clients registered in all' },
  document_address: { points: 60, seconds: HOUR, counts: 'Client documents fetched because of one address' },
  document_all: { points: 6_000, seconds: HOUR, counts: 'Client documents fetched in all' },
  credential_writes: { points: 120, seconds: 300, counts: 'Credentials that one user makes and changes' },
  delegation_grantee: { points: 30, seconds: HOUR, counts: 'Names that nobody has, tried by one user for delegations' },
  delegation_writes: { points: 120, seconds: 300, counts: 'Delegations that one user makes and changes' },
  refused_calls: { points: 60, seconds: 60, counts: 'Refused tool calls of one principal on record one by one' },
  unsent_calls: { points: 60, seconds: 60, counts: 'Tool calls of one principal that found nobody and cost nothing' },
  unknown_requests: { points: 60, seconds: 60, counts: 'Questions of one principal about requests not its own' },
} as const satisfies Record<string, RateLimit & { counts: string }>;

export type LimitName = keyof typeof RATE_LIMITS;

const NAMES = Object.keys(RATE_LIMITS) as [LimitName, ...LimitName[]];
const MOST_POINTS = 1_000_000;
const LONGEST_SECONDS = DAY;
const ENTRY = /^(\w+)=([1-9]\d{0,6})\/([1-9]\d{0,4})$/;

const entrySchema = z
  .string()
  .regex(ENTRY, 'expected name=points/seconds')
  .transform((text): [string, RateLimit] => {
    const [, name = '', points, seconds] = ENTRY.exec(text) ?? [];
    return [name, { points: Number(points), seconds: Number(seconds) }];
  })
  .refine(([name]) => NAMES.includes(name as LimitName), `the limits are ${NAMES.join(', ')}`)
  .refine(
    ([, { points, seconds }]) => points <= MOST_POINTS && seconds <= LONGEST_SECONDS,
    `at most ${MOST_POINTS}/${LONGEST_SECONDS}`,
  );

/** `name=points/seconds`, comma-separated: the limits that are not to have their defaults. */
export const rateLimitsSetting = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .pipe(z.array(entrySchema))
  .transform((entries) => Object.fromEntries(entries) as Partial<Record<LimitName, RateLimit>>);

/** All limits, the given ones in place of the defaults. */
export function withDefaults(
  given: Partial<Record<LimitName, RateLimit>> = {},
): Readonly<Record<LimitName, RateLimit>> {
  return Object.fromEntries(
    NAMES.map((name) => {
      const { points, seconds } = given[name] ?? RATE_LIMITS[name];
      return [name, { points, seconds }];
    }),
  ) as Record<LimitName, RateLimit>;
}
