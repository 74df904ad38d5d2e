import { randomNonce, randomPKCECodeVerifier, randomState } from 'openid-client';
import { z } from 'zod';
import type { CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';

/** No longer than `upstream_flow` remembers that one was used. */
const FLOW_MS = 15 * 60_000;
const ABOUT = 'flow';

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  back: z.string(),
  anew: z.boolean(),
  begunAt: z.number(),
});

/** A sign-in that is under way at the provider. */
export type UpstreamFlow = z.infer<typeof flowSchema>;

/** Keeps flows in the browser that began them, sealed, and nowhere else: whoever has not the cookie cannot end one. */
export class UpstreamFlows {
  readonly #box: SealedBox;

  constructor(keys: Pick<CoordinatorKeys, 'derive'>) {
    this.#box = sealedBox(keys, 'people/upstream');
  }

  begin(back: string, anew: boolean): { readonly flow: UpstreamFlow; readonly sealed: string } {
    const secrets = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const flow = { ...secrets, back, anew, begunAt: Date.now() };
    return { flow, sealed: this.#box.seal(JSON.stringify(flow), ABOUT) };
  }

  /** The flow that is answered; undefined when it is over, when it is none, and for the answer to another (RFC 9700 section 4.7). */
  answered(sealed: string, parameters: URLSearchParams): UpstreamFlow | undefined {
    const flow = this.#open(sealed);
    return flow && Date.now() < flow.begunAt + FLOW_MS && parameters.get('state') === flow.state ? flow : undefined;
  }

  #open(sealed: string): UpstreamFlow | undefined {
    try {
      return flowSchema.parse(JSON.parse(this.#box.open(sealed, ABOUT)));
    } catch {
      // It comes from a cookie, so whatever does not open is a stranger's and no error of ours.
      return undefined;
    }
  }
}

const AT_MOST_ONCE = ['code', 'error', 'iss', 'response', 'state'];

/** Whether a provider may have answered so (RFC 6749 section 4.1.2, RFC 9207). What else somebody has made up, the provider is not to blame for. */
export function isAnswer(parameters: URLSearchParams, issuer: string): boolean {
  if (AT_MOST_ONCE.some((name) => parameters.getAll(name).length > 1) || parameters.has('response')) return false;
  const [says, from] = [parameters.get('code') || parameters.get('error'), parameters.get('iss')];
  return says !== null && says !== '' && (!from || from === issuer);
}
