import type { AppConfig } from '../../../config/app-config.ts';
import { MemoryRateLimits } from '../../../platform/limits/flexible-rate-limits.ts';
import { Revocations, type TokenVerifier } from '../../auth/index.ts';
import type { Entitlements, ReceivedDelegation, ReceivedDelegations } from '../../entitlements/index.ts';
import type { Relay } from '../../relay/index.ts';
import { CallAdmission } from '../tools/call-admission.ts';
import { DelegatedServers } from '../tools/delegated-servers.ts';
import { OthersServers } from '../tools/others-servers.ts';
import { RefusedCalls } from '../tools/refused-calls.ts';
import { RelayedCalls } from '../tools/relayed-calls.ts';
import { ServerChoice } from '../tools/server-choice.ts';
import { StandingCalls } from '../tools/standing-calls.ts';
import { ToolSurface } from '../tools/tool-surface.ts';
import { FakeTokenVerifier } from './fake-access.ts';
import type { RecordedAudit } from './recorded-audit.ts';

export interface ToolSurfaceParts {
  readonly relay: Relay;
  readonly entitlements: Entitlements;
  readonly audit: RecordedAudit;
  readonly config: AppConfig;
  /** What others let each user use, by the id of the user. */
  readonly given?: ReadonlyMap<string, readonly ReceivedDelegation[]>;
  readonly verifier?: TokenVerifier;
  readonly revocations?: Revocations;
}

/** The tools as the module puts them together. */
export function aToolSurface({
  relay,
  entitlements,
  audit,
  config,
  given = new Map(),
  verifier = new FakeTokenVerifier(),
  revocations = new Revocations(),
}: ToolSurfaceParts): ToolSurface {
  const received = receivedFrom(given);
  const limits = new MemoryRateLimits(config.rateLimits);
  const admission = new CallAdmission(relay, entitlements, config);
  const refused = new RefusedCalls(limits, audit.calls);
  const others = new OthersServers(relay, entitlements, received);
  const standing = new StandingCalls(verifier, revocations, received);
  return new ToolSurface(
    relay,
    entitlements,
    new RelayedCalls(relay, admission, audit.calls, refused, others, standing),
    new ServerChoice(relay, entitlements, admission, config),
    admission,
    audit.calls,
    refused,
    limits,
    others,
    new DelegatedServers(relay, entitlements, received),
    config,
  );
}

/** Delegations without a database. */
export function receivedFrom(given: ReadonlyMap<string, readonly ReceivedDelegation[]>): ReceivedDelegations {
  const of: ReceivedDelegations['of'] = async (userId, grantorName) =>
    (given.get(userId) ?? []).filter((one) => grantorName === null || one.grantorName === grantorName);
  return { of } as ReceivedDelegations;
}
