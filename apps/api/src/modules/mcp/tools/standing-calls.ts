import { Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { requestOrigin } from '../../../platform/logging/request-log.ts';
import { Revocations, TokenVerifier, type Principal } from '../../auth/index.ts';
import { ReceivedDelegations } from '../../entitlements/index.ts';
import type { ArrivedCall } from './call-audit.ts';
import type { CallThrough } from './call-through.ts';

/** Whether that still holds by which a call was let in: until it is on record, seconds may go by. */
@Injectable()
export class StandingCalls {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly revocations: Revocations,
    private readonly received: ReceivedDelegations,
  ) {}

  /** Of what has been heard until now; to be taken before anything is believed of the call. */
  get heard(): number {
    return this.revocations.count;
  }

  /**
   * Asks again only when something was heard of since.
   * @throws ServonautError `delegation_ended`, or as `TokenVerifier.recheck`
   */
  async check({ principal, through }: ArrivedCall, heard: number): Promise<void> {
    if (through?.until && through.until.getTime() <= Date.now()) throw new ServonautError('delegation_ended');
    if (heard === this.heard) return;
    await this.#checkToken(principal);
    if (through) await this.#checkWay(principal, through);
  }

  /** Where it came from does not change: that was looked at when it came. */
  async #checkToken(principal: Principal): Promise<void> {
    try {
      await this.verifier.recheck(principal, requestOrigin()?.address);
    } catch (error) {
      if (!(error instanceof ServonautError) || error.code !== 'address_not_allowed') throw error;
    }
  }

  async #checkWay({ userId }: Principal, { delegation, server }: CallThrough): Promise<void> {
    const given = await this.received.of(userId, server.owner);
    if (!given.some(({ id }) => id === delegation.id)) throw new ServonautError('delegation_ended');
  }
}
