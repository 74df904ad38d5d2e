import { ServonautError, type ErrorCode } from '@servonaut/contracts';
import { z } from 'zod';
import { foreignAnswer } from './foreign-answer.ts';

/** What we mean by the errors of RFC 6749 and 8628, and by another `issuer`, where that depends on what was asked. */
export type Meaning = Readonly<Record<string, ErrorCode>>;

/** An error response. Looked at by shape, since the library is loaded late. */
const refusalSchema = z.object({ error: z.string(), status: z.number() });

/** The library's own words for what is no error response, and the answer or what was wrong in it. */
const faultSchema = z.object({ code: z.string(), cause: z.unknown() });
const answerSchema = z.object({ status: z.number() });
const mismatchSchema = z.object({ attribute: z.literal('issuer'), body: z.object({ issuer: z.url() }) });

/** Why a sign-in that waits for somebody has to go on waiting: nobody has confirmed it, it was asked for too often, or nobody answered. */
export type Delay = 'pending' | 'slow_down' | 'outage';

/** Undefined when waiting longer would bring nothing. */
export function delayOf(error: unknown): Delay | undefined {
  const refusal = refusalSchema.safeParse(error).data;
  if (refusal?.error === 'authorization_pending') return 'pending';
  if (refusal?.error === 'slow_down' || refusal?.status === 429) return 'slow_down';
  return refusal === undefined || refusal.status >= 500 ? 'outage' : undefined;
}

/**
 * Turns what the OAuth library throws into one of ours.
 * @throws ServonautError always; `coordinator_unreachable` for whatever `meaning` does not name
 */
export function oauthFailure(error: unknown, meaning: Meaning = {}): never {
  const refusal = refusalSchema.safeParse(error).data;
  if (refusal) throw refused(refusal, meaning, error);
  const fault = faultSchema.safeParse(error).data;
  if (fault?.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') throw otherAddress(fault.cause, meaning, error);
  const status = answerSchema.safeParse(fault?.cause).data?.status;
  if (status === 404) throw withoutSignIn(error);
  if (status !== undefined) throw foreignAnswer(status);
  throw new ServonautError('coordinator_unreachable', { cause: error, detail: String(error) });
}

function refused({ error, status }: z.infer<typeof refusalSchema>, meaning: Meaning, cause: unknown): ServonautError {
  const code = meaning[error] ?? (status === 429 ? 'too_many_requests' : undefined);
  if (code) return new ServonautError(code, { cause });
  return new ServonautError('coordinator_unreachable', {
    message: `The coordinator did not take that: HTTP ${status}.`,
    detail: error,
    cause,
  });
}

/** An address goes into a command that somebody copies to a shell, so only one that is nothing but an address is shown. */
const PLAIN_ADDRESS = /^https?:\/\/[\w.:[\]-]+$/;

/** The address that the coordinator gives as its own. Undefined for other errors, and for what does not look like one. */
export function movedTo(error: ServonautError | undefined): string | undefined {
  const address = error?.facts['address'];
  return typeof address === 'string' ? address : undefined;
}

/** What answers names the address, so that it is for the reader to believe. */
function otherAddress(mismatch: unknown, meaning: Meaning, cause: unknown): ServonautError {
  const issuer = mismatchSchema.safeParse(mismatch).data?.body.issuer;
  const address = URL.parse(issuer ?? '')?.origin ?? '';
  const isPlain = PLAIN_ADDRESS.test(address);
  return new ServonautError(meaning['other_issuer'] ?? 'config_invalid', {
    message: `What answers at this URL says that its address is ${isPlain ? address : 'another one'}.`,
    nextStep: isPlain
      ? `If you know that to be your coordinator, use --url ${address}; otherwise check the URL.`
      : 'Check the URL, and the PUBLIC_URL of the coordinator.',
    ...(isPlain && { facts: { address } }),
    cause,
  });
}

function withoutSignIn(cause: unknown): ServonautError {
  return new ServonautError('coordinator_unreachable', {
    message: 'What answers at this URL does not let anybody sign in.',
    nextStep: 'Check the URL, or give a token with --token.',
    cause,
  });
}
