import type { TestCoordinator } from '@servonaut/testkit';

/** Makes a user whom no plan limits, with one credential of `scope`. @returns its token */
export async function aUser(coordinator: TestCoordinator, name: string, scope: string): Promise<string> {
  const user = await post(coordinator, '/api/admin/users', { name, plan: null });
  const body = { label: 'bench', scopes: [scope] };
  const credential = await post(coordinator, `/api/admin/users/${String(user['id'])}/credentials`, body);
  return String(credential['token']);
}

async function post(coordinator: TestCoordinator, path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(coordinator.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${coordinator.bootstrap().admin_token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}
