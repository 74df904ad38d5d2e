import { describe, expect, it } from '@jest/globals';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';

describe('recovery codes', () => {
  it('are ten different ones, in groups that can be copied', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  });

  it('are the same however they are typed', () => {
    const code = 'ABCD-EFGH-IJKL-MNOP';
    for (const typed of [' abcd efgh ijkl mnop ', 'abcdefghijklmnop', 'ABCD-efgh-IJKL-MNOP\n'])
      expect(recoveryCodeHash(typed)).toBe(recoveryCodeHash(code));
  });

  it.each(['', 'ABCD-EFGH-IJKL-MNO', 'ABCD-EFGH-IJKL-MNO1', 'ABCD-EFGH-IJKL-MNOPQ', '123456'])(
    'are not %j',
    (typed) => {
      expect(recoveryCodeHash(typed)).toBeUndefined();
    },
  );
});
