import { z } from 'zod';

/** What forms of the pages send. Bounds keep hostile lengths from whatever looks at a field first. */
const password = z.string().min(1).max(1_000);
const code = z.string().trim().min(1).max(64);
const sealed = z.string().min(1).max(2_000);

export const passwordSchema = z.object({ email: z.string().trim().min(1).max(254), password });
export const secondFactorSchema = z.object({ attempt: sealed, code });

/** Either step of a sign-in: both go to the same path. */
export const signInSchema = z.union([secondFactorSchema, passwordSchema]);
export type SignInForm = z.infer<typeof signInSchema>;

export const consentSchema = z.object({ answer: z.enum(['allow', 'deny']) });
export const changePasswordSchema = z.object({ current: password, password });
export const newPasswordSchema = z.object({ password });
export const confirmTotpSchema = z.object({ offer: sealed, code });
