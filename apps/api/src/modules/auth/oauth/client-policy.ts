import { OAUTH_CLI_CLIENT_ID } from '@servonaut/contracts';
import { errors } from 'oidc-provider';
import { z } from 'zod';
import { looksLikeOurs, mixesAlphabets } from './client-names.ts';
import { allowedRedirect } from './redirect-uris.ts';

/** As JSON, in characters. A client is read with each of its requests. */
const LARGEST = 16_384;
const MOST_REDIRECTS = 10;
const LONGEST_NAME = 100;

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const GRANTS = ['authorization_code', 'refresh_token', DEVICE_GRANT];

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
    .refine((name) => !mixesAlphabets(name), 'has a word with letters of several alphabets')
    .optional(),
  grant_types: z.array(z.enum(GRANTS, 'not a grant that is given here'), { error: 'expected a list' }).optional(),
  jwks_uri: notTaken,
  sector_identifier_uri: notTaken,
});

/** Metadata of a client while the library makes a client of them; nothing is known of their types. */
type Metadata = Record<string, unknown>;

/**
 * The one rule for clients, whether they are ours, have registered or have a document. Besides refusing, it takes out what is not to be kept: `scope`,
 * which the library knows only from a fixed list and which the user decides; the device grant, which the command line alone has; and the secret that the
 * library makes for every client that does not say how it authenticates, though in that case it is public.
 * @param metadata the library's own, changed in place
 * @throws errors.InvalidClientMetadata, also for those of a client that was taken under an earlier rule.
 */
export function clientPolicy(metadata: unknown): void {
  check(metadata);
  const kept = metadata as Metadata;
  if (kept['client_id'] !== OAUTH_CLI_CLIENT_ID) keepWhatIsOurs(kept);
  delete kept['scope'];
  if (kept['token_endpoint_auth_method'] !== 'none') return;
  delete kept['client_secret'];
  delete kept['client_secret_expires_at'];
}

function check(metadata: unknown): void {
  const problem = clientMetadata.safeParse(metadata).error?.issues[0];
  // The library makes another code of it (RFC 7591 section 3.2.2) when it begins with the name of the list.
  if (problem) refuse(`${problem.path.join('.')}: ${problem.message}`);
  if (JSON.stringify(metadata).length > LARGEST) refuse(`larger than ${LARGEST} characters`);
}

/**
 * Nobody else has our name, or sends people to type in a code, where no address says which program gets the answer. Some editors ask for the device grant
 * beside the one that they use: they are told which they have (RFC 7591 section 3.2.1).
 * @param client whose types are checked, changed in place
 */
function keepWhatIsOurs(client: Metadata): void {
  const { client_name: name, grant_types: grants } = client as { client_name?: string; grant_types?: string[] };
  if (name !== undefined && looksLikeOurs(name)) refuse('client_name: looks like one of Servonaut itself');
  if (grants === undefined) return;
  const given = grants.filter((grant) => grant !== DEVICE_GRANT);
  if (given.length < grants.length && given.every((grant) => grant === 'refresh_token'))
    refuse('grant_types: not a grant that is given here');
  client['grant_types'] = given;
}

function refuse(description: string): never {
  throw new errors.InvalidClientMetadata(description);
}
