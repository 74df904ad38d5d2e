import { createHash } from 'node:crypto';
import { canonicalJson, ServonautError } from '@servonaut/contracts';
import type { Caller } from '../policy/caller.ts';
import type { ApprovalQuestion } from './approver.ts';

export type AskedServer = readonly [name: string, machine: string | null];

/** All that an approval is for: what differs in any of it is another call. */
export interface ApprovalSubject extends Pick<ApprovalQuestion, 'principal' | 'tool' | 'input' | 'preview'> {
  /** With the machine that each leads to. A server stands here as often as it was asked for; empty for a tool that acts on the executor itself. */
  readonly servers: readonly AskedServer[];
  readonly policyVersion: string;
}

/** SHA-256 of the canonical form (RFC 8785) of the subject, in base64url. @throws ServonautError `invalid_request` for what has no such form */
export function approvalHash({ principal, tool, servers, input, preview, policyVersion }: ApprovalSubject): string {
  return createHash('sha256')
    .update(
      canonical({
        v: 2,
        principal: principal ? principalKey(principal) : null,
        tool,
        servers: servers.map((server) => canonicalJson(server)).toSorted(),
        arguments: input,
        preview: preview?.digest ?? null,
        policy_version: policyVersion,
      }),
    )
    .digest('base64url');
}

/** By whom it is meant, and not how they are called: a label can be changed. */
function principalKey({ kind, id }: Caller): { kind: string; id: string } {
  return { kind, id };
}

function canonical(value: unknown): string {
  try {
    checkPlain(value);
    return canonicalJson(value);
  } catch (cause) {
    throw new ServonautError('invalid_request', { message: 'The arguments hold what cannot be written.', cause });
  }
}

/** A tool may parse its arguments into anything. Of a `Map` or a `Date` nothing would be written, so that all of them were one. */
function checkPlain(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw new TypeError('neither an object nor a list of JSON');
  for (const member of Object.values(value)) checkPlain(member);
}
