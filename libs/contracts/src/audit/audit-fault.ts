import type { Sha256, VerifySignature } from './audit-chain.ts';
import type { AuditHead } from './audit-record.ts';

/** What is wrong, and where. */
export interface AuditFault {
  /** Empty when that cannot be told. */
  readonly chain: string;
  /** The first record concerned; null when it is the head, or nothing that can be named. */
  readonly seq: number | null;
  readonly fault:
    /** Records are not there; `until` is the last of them. */
    | 'missing'
    /** The record is not the one that was hashed, or what stands before it is not. */
    | 'changed'
    /** The record is not at its place. */
    | 'moved'
    /** Records that the head counts are not at the end; `until` is the last of them. */
    | 'cut_off'
    /** The record is not counted by the head. */
    | 'added'
    /** The last record is not the one that the head names. */
    | 'other_end'
    /** The head is not signed by a key that is trusted. */
    | 'head_forged'
    /** The chain ends before a record that somebody has kept the hash of, or has another one in its place. */
    | 'rolled_back'
    /** The record stands under no head of its chain, or outside of what that counts. */
    | 'no_head'
    /** The chain is not there, though it was begun. */
    | 'no_chain'
    /** The chain is another than the one that was begun under its name. */
    | 'begun_again'
    /** The chain is there, though nothing says that it was begun: the chain that did is not as it was. */
    | 'not_begun'
    /** The record is found, or not found, by members that are not its own. */
    | 'misfiled'
    /** What stands after that record is no line of an audit. */
    | 'malformed';
  readonly until?: number;
}

/** A record that somebody kept the hash of, outside the reach of whoever might rewrite the chain. */
export interface KeptLink {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

export interface VerifierOptions {
  readonly sha256: Sha256;
  readonly verifySignature: VerifySignature;
  readonly kept?: readonly KeptLink[];
  /** The lines are those of all chains, so that each one that was begun has to be there. */
  readonly isComplete?: boolean;
  /** Called when a chain begins, with how far it is said to go. */
  readonly onHead?: (head: AuditHead) => void;
  /** Called for each fault, in the order in which they show. */
  readonly onFault: (fault: AuditFault) => void;
}
