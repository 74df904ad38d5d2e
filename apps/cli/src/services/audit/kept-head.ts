import { ServonautError, type AuditHead, type KeptLink } from '@servonaut/contracts';

const KEPT = /^(?:(coordinator|user:[A-Za-z0-9_-]{1,64}):)?(\d{1,15}):([\w-]{43})$/;

/** A head in the form in which it is kept and given again: `user:42:17:<hash>`. */
export function keptText({ chain, seq, hash }: Pick<AuditHead, 'chain' | 'seq' | 'hash'>): string {
  return `${chain}:${seq}:${hash}`;
}

/**
 * @param chain the one that is verified, for a text that names none
 * @throws ServonautError `invalid_request`
 */
export function readKept(text: string, chain: string | undefined): KeptLink {
  const [, named = chain, seq, hash] = KEPT.exec(text) ?? [];
  if (named === undefined || seq === undefined || hash === undefined)
    throw new ServonautError('invalid_request', {
      message: `"${text}" is no head of a chain.`,
      nextStep: 'Give it as it was printed: CHAIN:SEQ:HASH, or SEQ:HASH with --chain or --user.',
    });
  return { chain: named, seq: Number(seq), hash };
}
