import type { RequestSource } from './request-source.ts';
import type { User } from './user-service.ts';

/** Port: sign-in through an OpenID provider that the operator of the coordinator has named. */
export abstract class UpstreamSignIn {
  /** What the button says; null when there is no provider. */
  abstract readonly label: string | null;

  /**
   * @param back path of ours where the browser goes on afterwards
   * @throws ServonautError `too_many_requests`; `not_found` when there is no provider.
   * @returns where the browser is sent, and what its cookie keeps until it comes back.
   */
  abstract begin(back: string, from: RequestSource): Promise<{ readonly url: URL; readonly flow: string }>;

  /** @throws ServonautError `sign_in_refused` when the provider says no, the flow is not this browser's, or there is no user for the identity. */
  abstract finish(returned: URL, flow: string): Promise<{ readonly user: User; readonly back: string }>;
}
