import type { SignInRecord } from './sign-in-records.ts';
import { matchingStep } from './totp.ts';

/** What comes of a password. There is no difference between the ways of being refused, so that none can be told. */
export type AfterPassword = 'refused' | 'needs totp' | 'done';

/** @param matched whether the password is that of the record; of no record it never is */
export function afterPassword(record: SignInRecord | undefined, matched: boolean): AfterPassword {
  if (!record || !matched || record.user.disabledAt !== null) return 'refused';
  return record.totp ? 'needs totp' : 'done';
}

/** What a typed second factor claims to be. */
export type SecondFactor = { readonly step: number } | 'recovery code' | 'refused';

const DIGITS = /^\d{6}$/;

/** Whether it can be one; whatever cannot is taken for a recovery code. */
export function isOneTimeCode(typed: string): boolean {
  return DIGITS.test(plain(typed));
}

/** A time step still has to be used up, and a recovery code to be looked for. */
export function secondFactor({ totp }: SignInRecord, typed: string, milliseconds: number): SecondFactor {
  if (!totp) return 'refused';
  if (!isOneTimeCode(typed)) return 'recovery code';
  const key = totp.key();
  const step = key && matchingStep(key, plain(typed), milliseconds, totp.lastStep);
  return step === undefined ? 'refused' : { step };
}

function plain(typed: string): string {
  return typed.replace(/[\s-]/g, '');
}
