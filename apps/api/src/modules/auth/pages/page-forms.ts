import { z } from 'zod';
import { PASSKEY_LABEL_LENGTH } from '../people/own-passkeys.ts';

/** What forms of the pages send. Bounds keep hostile lengths from whatever looks at a field first. */
const password = z.string().min(1).max(1_000);
const code = z.string().trim().min(1).max(64);
const sealed = z.string().min(1).max(2_000);
const base64url = z.string().regex(/^[\w-]{1,6000}$/);

/** A field that a script fills in. */
const json = z
  .string()
  .max(12_000)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  });

/** What devices answer (WebAuthn Level 3 section 5.1, the JSON of a credential), as far as it is looked at. */
const credential = z.object({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).prefault({}),
});
const madeSchema = credential.extend({
  response: z.object({ clientDataJSON: base64url, attestationObject: base64url }),
});
const usedSchema = credential.extend({
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url,
  }),
});

export const passwordSchema = z.object({ email: z.string().trim().min(1).max(254), password });
export const secondFactorSchema = z.object({ attempt: sealed, code });

/** In the place of either: without a password, or after it. */
export const passkeySchema = z.object({
  challenge: sealed,
  credential: json.pipe(usedSchema),
  attempt: sealed.optional(),
});

/** Each step of a sign-in: all go to the same path. */
export const signInSchema = z.union([passkeySchema, secondFactorSchema, passwordSchema]);
export type SignInForm = z.infer<typeof signInSchema>;

export const consentSchema = z.object({ answer: z.enum(['allow', 'deny']) });
export const changePasswordSchema = z.object({ current: password, password });
export const newPasswordSchema = z.object({ password });
export const confirmTotpSchema = z.object({ offer: sealed, code });

/** No line breaks or the like: it is one line of a list. */
export const passkeyLabelSchema = z.object({
  label: z
    .string()
    .trim()
    .min(1)
    .max(PASSKEY_LABEL_LENGTH)
    .regex(/^\P{Cc}+$/u),
});
export const newPasskeySchema = z.object({ challenge: sealed, credential: json.pipe(madeSchema) });
export const passkeyIdSchema = base64url;
