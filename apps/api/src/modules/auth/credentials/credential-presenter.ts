import type { ChangeCredentialBody, CredentialBody, NewOwnCredentialBody } from '@servonaut/contracts';
import { stateOf, type CredentialChange, type CredentialFacts } from './credential-facts.ts';
import type { CredentialPage } from './credential-list.ts';

/** Between credentials as they are, and as they look over REST. */

export function presentCredential(facts: CredentialFacts): CredentialBody {
  return {
    id: facts.id,
    user_id: facts.userId,
    label: facts.label,
    state: stateOf(facts),
    scopes: [...facts.scopes],
    tools: facts.tools && [...facts.tools],
    servers: facts.servers && [...facts.servers],
    rules: facts.rules,
    commands: facts.commands && [...facts.commands],
    addresses: facts.addresses && [...facts.addresses],
    version: facts.version,
    created_by: facts.createdBy,
    created_at: facts.createdAt.toISOString(),
    expires_at: text(facts.expiresAt),
    revoked_at: text(facts.revokedAt),
    last_used_at: text(facts.lastUsedAt),
  };
}

export function presentCredentials({ page, nextCursor }: CredentialPage) {
  return { credentials: page.map(presentCredential), next_cursor: nextCursor };
}

/** What a body asks for, without the names that only the wire has. */
export function limitsFrom<Body extends Pick<NewOwnCredentialBody, 'expires_at'>>({ expires_at, ...rest }: Body) {
  return { ...rest, expiresAt: instant(expires_at) };
}

export function changeFrom({ expires_at, ...rest }: ChangeCredentialBody): CredentialChange {
  return { ...rest, ...(expires_at !== undefined && { expiresAt: instant(expires_at) }) };
}

function instant(given: string | null): Date | null {
  return given === null ? null : new Date(given);
}

function text(given: Date | null): string | null {
  return given?.toISOString() ?? null;
}
