import { auditChainOf, canonicalJson, userOfChain, type AuditActor } from '@servonaut/contracts';
import { requestOrigin } from '../../platform/logging/request-log.ts';

/** Who did it. The network address is added, unless it was the coordinator itself. */
export interface EventActor {
  readonly kind: AuditActor['kind'];
  readonly id: string | null;
  readonly label?: string;
}

/** Something that happened, as whoever saw it tells it. */
export interface AuditEvent {
  /** What happened, as docs/security/audit.md lists it. */
  readonly kind: string;
  /** Whose chain it belongs to; null for what concerns no user. */
  readonly userId: string | null;
  readonly actor: EventActor;
  /** Of the command request. Default: that of the HTTP request, if there is one. */
  readonly requestId?: string;
  /**
   * Never a secret: what may hold one passes `redact` first. Undefined members are left out. A function is called when what the event is about has
   * gone its way.
   */
  readonly data?: EventData | (() => EventData);
}

type EventData = Readonly<Record<string, unknown>>;

/** When and where it happened, of which nothing is known any more when the event gets its turn. */
export interface EventMoment {
  readonly at: Date;
  readonly origin?: ReturnType<typeof requestOrigin>;
}

export function thisMoment(): EventMoment {
  return { at: new Date(), origin: requestOrigin() };
}

/** An event that waits for its place in a chain. */
export interface PreparedEvent {
  readonly chain: string;
  readonly at: Date;
  readonly kind: string;
  readonly actorId: string | null;
  readonly requestId: string | null;
  /** The canonical form of the record, without its place. */
  readonly text: string;
}

/** Whatever may be long in it has been cut by its author; this bounds the names and labels that others chose. */
const LONGEST_LABEL = 128;

export function prepareEvent(
  { kind, userId, actor, requestId, data = {} }: AuditEvent,
  { at, origin }: EventMoment,
): PreparedEvent {
  const place = { chain: auditChainOf(userId), requestId: requestId ?? origin?.id ?? null };
  const record = {
    actor: completeActor(actor, origin?.address),
    at: at.toISOString(),
    chain: place.chain,
    data: wellFormed(typeof data === 'function' ? data() : data),
    kind,
    request_id: place.requestId,
  };
  return { ...place, at, kind, actorId: record.actor.id, text: canonicalJson(record) };
}

/** What the coordinator itself has done to a chain, as an event of it or of the chain that tells of it. */
export function aboutChain(chain: string, kind: string, data: EventData): PreparedEvent {
  const actor = { kind: 'coordinator', id: null } as const;
  return prepareEvent({ kind, userId: userOfChain(chain), actor, data }, { at: new Date() });
}

/** `seq` and `v` are the last names of a record in canonical order, so that all before them is written once, and not for every attempt. */
export function canonicalRecord({ text }: Pick<PreparedEvent, 'text'>, seq: number): string {
  return `${text.slice(0, -1)},"seq":${seq},"v":1}`;
}

function completeActor({ kind, id, label }: EventActor, address: string | undefined): AuditActor {
  return {
    kind,
    id,
    ...(label !== undefined && { label: label.toWellFormed().slice(0, LONGEST_LABEL).toWellFormed() }),
    ...(kind !== 'coordinator' && address !== undefined && { address }),
  };
}

/** Half a surrogate pair has no UTF-8, and so no hash. Agents can send it. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map((item) => wellFormed(item ?? null));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]));
}
