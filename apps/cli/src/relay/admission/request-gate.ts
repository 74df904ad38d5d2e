import {
  cancelPayloadSchema,
  CANCEL_REQUEST_TYPE,
  DISCONNECT_EXECUTOR_TYPE,
  requestIdSchema,
  ServonautError,
  startByMillis,
  WIRE_LIMITS,
  type CommandRequest,
  type Payload,
  type WirePrincipal,
} from '@servonaut/contracts';
import type { CoordinatorClock } from '../coordinator-clock.ts';
import { checkAddressee, type Addressee } from './addressee.ts';
import type { PayloadKey } from './payload-encryption.ts';
import { openSeal, type PinnedKeys } from './seal.ts';
import { checkStartBy } from './start-by.ts';

/** What was asked, and as which executor: reports are made in that name, also when this process has been registered under another one since. */
export interface Asked {
  readonly requestId: string;
  readonly executorId: string;
}

/** A request of which every word is the coordinator's. */
export interface AdmittedRequest extends Asked {
  readonly kind: 'run';
  readonly tool: string;
  readonly server: string | null;
  readonly payload: Payload;
  /** Never nobody: without a principal a call is the operator's own. */
  readonly principal: WirePrincipal;
  /** Last instant at which it may start, in milliseconds of the coordinator's clock. */
  readonly startBy: number;
  /** When it was made and when it came, on the same clock. */
  readonly createdAt: number;
  readonly receivedAt: number;
}

export interface AdmittedCancel {
  readonly kind: 'cancel';
  readonly requestId: string;
  /** Last instant at which what it cancels may start, since that was made before it; in milliseconds of the coordinator's clock. */
  readonly startBy: number;
}

/** An admin has ended this run of the executor. */
export interface Disconnection {
  readonly kind: 'disconnection';
}

/** A request that must not run. `sealed` tells whether it is the coordinator's, or something that only looks like a request. */
export interface Refusal extends Asked, Partial<Pick<AdmittedRequest, 'tool' | 'server' | 'principal'>> {
  readonly kind: 'refusal';
  readonly sealed: boolean;
  /** Of a sealed one, on the coordinator's clock. */
  readonly createdAt?: number;
  readonly error: ServonautError;
}

export type Admission = AdmittedRequest | AdmittedCancel | Disconnection | Refusal;

export interface RequestGateOptions {
  readonly keys: PinnedKeys;
  readonly payloadKey: PayloadKey;
  readonly self: Addressee;
  readonly clock: CoordinatorClock;
}

/** The way from an update, which anybody who controls the hub may have written, to a request that may run. */
export class RequestGate {
  readonly #options: RequestGateOptions;

  constructor(options: RequestGateOptions) {
    this.#options = options;
  }

  /** @returns undefined for what is addressed to another executor, and for what is not even a message with an id */
  admit(message: unknown): Admission | undefined {
    const { id, seal } = (typeof message === 'object' && message !== null ? message : {}) as Record<string, unknown>;
    const { executorId } = this.#options.self;
    const receivedAt = this.#options.clock.now();
    let requestId = requestIdSchema.safeParse(id).data;
    let sealed: Pick<AdmittedRequest, 'createdAt' | 'tool' | 'server' | 'principal'> | undefined;
    try {
      const request = openSeal(seal, this.#options.keys, executorId);
      if (!request) return undefined;
      requestId = request.id;
      checkAddressee(request, this.#options.self);
      const { type: tool, target_server_id: server } = request;
      sealed = { createdAt: Date.parse(request.created_at), tool, server, principal: principalOf(request) };
      if (request.type !== CANCEL_REQUEST_TYPE) checkStartBy(request, receivedAt);
      const payload = this.#options.payloadKey.open(request.payload);
      if (request.type === CANCEL_REQUEST_TYPE) return cancelOf(request, payload);
      if (request.type === DISCONNECT_EXECUTOR_TYPE) return { kind: 'disconnection' };
      checkDepth(payload);
      return { kind: 'run', requestId, executorId, ...sealed, payload, startBy: startByMillis(request), receivedAt };
    } catch (error) {
      if (!(error instanceof ServonautError)) throw error;
      if (requestId === undefined) return undefined;
      return { kind: 'refusal', requestId, executorId, error, sealed: sealed !== undefined, ...sealed };
    }
  }
}

/** An older coordinator names nobody, and a lying one might leave the name out. */
function principalOf({ principal, user_id: id }: CommandRequest): WirePrincipal {
  return principal ?? { kind: 'user', id, label: 'not named' };
}

/** What is nested deeper may be too deep for whoever has to look into it later, to record it, say. @throws ServonautError `invalid_request` */
function checkDepth(payload: Payload): void {
  let level: unknown[] = [payload];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > WIRE_LIMITS.payloadDepth) throw new ServonautError('invalid_request', { message: TOO_DEEP });
    level = level.flatMap((value) => Object.values(value as object).filter((item) => typeof item === 'object' && item));
  }
}

const TOO_DEEP = `The arguments are nested deeper than ${WIRE_LIMITS.payloadDepth} times.`;

function cancelOf(request: CommandRequest, payload: Payload): AdmittedCancel {
  const parsed = cancelPayloadSchema.safeParse(payload);
  if (!parsed.success) throw new ServonautError('invalid_request', { message: 'A cancel names no request.' });
  return { kind: 'cancel', requestId: parsed.data.request_id, startBy: startByMillis(request) };
}
