import { errors } from 'oidc-provider';
import { z } from 'zod';
import { allowedRedirect } from './redirect-uris.ts';

/** As JSON, in characters. A client is read with each of its requests. */
const LARGEST = 16_384;
const MOST_REDIRECTS = 10;
const LONGEST_NAME = 100;

const GRANTS = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];

/** Characters that are not seen, or that turn around those after them: with them a name can look like another one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const redirects = z
  .array(
    z.string('expected text').refine(allowedRedirect, 'expected loopback, https or the scheme of a known editor'),
    {
      error: 'expected a list',
    },
  )
  .max(MOST_REDIRECTS, `at most ${MOST_REDIRECTS}`)
  .optional();

/** The coordinator would fetch it, and needs none: it knows clients by their redirect addresses and PKCE. */
const notTaken = z.undefined('not taken here').optional();

const clientMetadata = z.looseObject({
  redirect_uris: redirects,
  post_logout_redirect_uris: redirects,
  client_name: z
    .string('expected text')
    .max(LONGEST_NAME, `at most ${LONGEST_NAME} characters`)
    .refine((name) => !UNSEEN.test(name), 'contains a character that is not seen')
    .optional(),
  grant_types: z.array(z.enum(GRANTS, 'not a grant that is given here'), { error: 'expected a list' }).optional(),
  jwks_uri: notTaken,
  sector_identifier_uri: notTaken,
});

/** Metadata of a client while the library makes a client of them; nothing is known of their types. */
type Metadata = Record<string, unknown>;

/**
 * The one rule for clients, whether they are ours, have registered or have a document. Besides refusing, it takes out what is not to be kept: `scope`,
 * which the library knows only from a fixed list and which the user decides; and the secret that it makes for every client that does not say
 * how it authenticates, though in that case it is public.
 * @param metadata the library's own, changed in place
 * @throws errors.InvalidClientMetadata, also for those of a client that was taken under an earlier rule.
 */
export function clientPolicy(metadata: unknown): void {
  check(metadata);
  const kept = metadata as Metadata;
  delete kept['scope'];
  if (kept['token_endpoint_auth_method'] !== 'none') return;
  delete kept['client_secret'];
  delete kept['client_secret_expires_at'];
}

function check(metadata: unknown): void {
  const problem = clientMetadata.safeParse(metadata).error?.issues[0];
  // The library makes another code of it (RFC 7591 section 3.2.2) when it begins with the name of the list.
  if (problem) throw new errors.InvalidClientMetadata(`${problem.path.join('.')}: ${problem.message}`);
  if (JSON.stringify(metadata).length > LARGEST)
    throw new errors.InvalidClientMetadata(`larger than ${LARGEST} characters`);
}
