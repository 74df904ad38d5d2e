import type { TestCoordinator } from '@servonaut/testkit';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { connectAgent } from './servonaut.ts';

/** Everything that a rule can limit, and nothing that is met. */
export const WIDE_RULE = {
  allowed: true,
  servers: ['*', 'label:role=*'],
  per_minute: 1_000_000_000,
  per_day: 1_000_000_000,
  concurrent: 1_000_000_000,
  timeout_seconds: 3_600,
  output_bytes: 1_048_576,
} as const;

/** An agent of the first user, with a credential of its own that is held to two such rules; null for none. */
export async function anAgentHeldTo(
  coordinator: TestCoordinator,
  rules: Readonly<Record<string, typeof WIDE_RULE>> | null,
): Promise<Client> {
  const { admin_token: token, user_id: id } = coordinator.bootstrap();
  const answer = await fetch(`${coordinator.url}/api/admin/users/${id}/credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ label: 'bench', scopes: ['mcp:tools'], rules }),
  });
  if (answer.status !== 201) throw new Error(`no credential: ${answer.status} ${await answer.text()}`);
  const credential = (await answer.json()) as { readonly token: string };
  return connectAgent(coordinator.url, credential.token);
}
