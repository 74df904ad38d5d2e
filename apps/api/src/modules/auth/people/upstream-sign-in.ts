import type { RequestSource } from './request-source.ts';
import type { User } from './user-service.ts';

/** Somebody who is back from the provider. */
export interface UpstreamReturn {
  readonly user: User;
  /** `upstream`, and what the provider says of how it recognised them (`amr`, RFC 8176). */
  readonly methods: readonly string[];
  /** Path of ours where the browser goes on. */
  readonly back: string;
  /** When they showed the provider who they are, within this flow. Null when it was not asked to make sure, and may have remembered them. */
  readonly signedInAt: Date | null;
}

/**
 * Port: sign-in through an OpenID provider that the operator of the coordinator has named.
 * @throws ServonautError `too_many_requests`; `sign_in_unavailable` when the provider does not answer, or not as it should; `not_found` without one.
 */
export abstract class UpstreamSignIn {
  /** What the button says; null when there is no provider. */
  abstract readonly label: string | null;

  /**
   * @param back path of ours where the browser goes on afterwards
   * @param anew has the provider ask the person, also one whom it knows, and say so when they are back
   * @returns where the browser is sent, and what its cookie keeps until it comes back.
   */
  abstract begin(
    back: string,
    from: RequestSource,
    anew?: boolean,
  ): Promise<{ readonly url: URL; readonly flow: string }>;

  /**
   * Takes each flow once.
   * @throws ServonautError `sign_in_refused` when the provider says no, does not say that it has asked anew, the flow is not this browser's, or there is
   * no user for the identity.
   */
  abstract finish(returned: URL, flow: string, from: RequestSource): Promise<UpstreamReturn>;
}
