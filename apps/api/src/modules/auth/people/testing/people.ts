import { randomBytes, randomUUID } from 'node:crypto';
import { loadConfig, type AppConfig } from '../../../../config/app-config.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { MemoryRateLimits } from '../../../../platform/limits/flexible-rate-limits.ts';
import { deriveKeys } from '../../../../platform/secrets/coordinator-keys.ts';
import { OidcRecords } from '../../oauth/oidc-records.ts';
import { StoredGrants } from '../../oauth/stored-grants.ts';
import { DefaultPlan } from '../../plans/default-plan.ts';
import { PlanService } from '../../plans/plan-service.ts';
import { Revocations } from '../../revocations.ts';
import { DatabaseInvitations } from '../database-invitations.ts';
import { DatabaseOwnAccount } from '../database-own-account.ts';
import { DatabasePasskeys } from '../database-passkeys.ts';
import { DatabaseSecondFactor } from '../database-second-factor.ts';
import { DatabaseWebSessions } from '../database-web-sessions.ts';
import { LockOut } from '../lock-out.ts';
import { OidcUpstreamSignIn } from '../oidc-upstream-sign-in.ts';
import { PasskeyChallenges } from '../passkey-challenges.ts';
import { PasskeyRecords } from '../passkey-records.ts';
import { PasskeySignIn } from '../passkey-sign-in.ts';
import { PasswordSignIn } from '../password-sign-in.ts';
import { Passwords } from '../passwords.ts';
import { SignInAttempts } from '../sign-in-attempts.ts';
import { SignInRecords } from '../sign-in-records.ts';
import { codeAt, stepAt } from '../totp.ts';
import { UpstreamIdentities } from '../upstream-identities.ts';
import { UserService } from '../user-service.ts';

export const HERE = { address: '192.0.2.1', agent: 'test' } as const;
export const PASSWORD = 'tramway-onion-quartz';

/** All of this folder, as the module puts it together, on one database. */
export async function people(database: Database, settings: Partial<Record<string, string>> = {}) {
  const config: AppConfig = loadConfig({ PUBLIC_URL: 'https://servonaut.example.com', ...settings });
  const keys = await deriveKeys(randomBytes(32));
  const passwords = new Passwords(config);
  const lockOut = new LockOut(new MemoryRateLimits(config.rateLimits));
  const records = new SignInRecords(database, keys);
  const sessions = new DatabaseWebSessions(config, database);
  const revocations = new Revocations();
  const oauthRecords = new OidcRecords(database, keys, revocations);
  const grants = new StoredGrants(database, config, oauthRecords, revocations);
  const defaultPlan = new DefaultPlan(config, database);
  const invitations = new DatabaseInvitations(config, database, passwords, records, sessions, grants, defaultPlan);
  const identities = new UpstreamIdentities(database, records, invitations);
  const users = new UserService(database, revocations);
  const attempts = new SignInAttempts(keys);
  const passkeys = new PasskeyRecords(database);
  const challenges = new PasskeyChallenges(database, keys);
  return {
    users,
    plans: new PlanService(config, database, revocations),
    revocations,
    signIn: new PasswordSignIn(records, passwords, attempts, lockOut),
    account: new DatabaseOwnAccount(config, records, passwords, lockOut, sessions, grants),
    secondFactor: new DatabaseSecondFactor(config, keys, records, users, lockOut),
    passkeys: new DatabasePasskeys(config, database, passkeys, challenges, users),
    passkeySignIn: new PasskeySignIn(config, database, records, passkeys, challenges, attempts, lockOut),
    upstream: new OidcUpstreamSignIn(config, keys, identities, lockOut),
    identities,
    invitations,
    sessions,
    oauthRecords,
    grants,
  };
}

export type People = Awaited<ReturnType<typeof people>>;

export function newEmail(): string {
  return `u${randomUUID()}@example.com`;
}

/** Somebody who can sign in with `PASSWORD`. */
export async function newPerson({ invitations }: People, email = newEmail()) {
  const { url } = await invitations.invite({ email, role: 'member' }, null);
  return { user: await invitations.accept(secretOf(url), PASSWORD), email };
}

export function secretOf(url: string): string {
  return new URL(url).pathname.replace('/invitation/', '');
}

/** What an authenticator app shows, some steps from now. A code of the step before is taken only until the next one begins. */
export function codeOf(uri: string, offset = 0): string {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const bits = Array.from(secret, (letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return codeAt(Buffer.from(bytes), stepAt(Date.now()) + offset);
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
