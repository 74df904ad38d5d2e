import {
  anOperator,
  startCoordinator,
  startSshd,
  type Bootstrap,
  type CoordinatorOptions,
  type TestCoordinator,
  type TestOperator,
  type TestProcess,
  type TestSshd,
} from '@servonaut/testkit';

/** A coordinator, an operator who is connected, and a real server that the operator calls `web-1`. */
export interface World {
  readonly sshd: TestSshd;
  coordinator: TestCoordinator;
  readonly tokens: Bootstrap;
  readonly operator: TestOperator;
  executor: TestProcess;
  stop(): Promise<void>;
}

export async function aWorld(options: CoordinatorOptions = {}): Promise<World> {
  const [sshd, coordinator] = await Promise.all([startSshd(), startCoordinator(options)]);
  const tokens = coordinator.bootstrap();
  const operator = await operatorOf(coordinator.url, tokens.executor_token, sshd);
  const world: World = {
    sshd,
    coordinator,
    tokens,
    operator,
    executor: await operator.connect(),
    stop: async () => {
      await world.executor.stop();
      await Promise.all([world.coordinator.stop(), sshd.stop()]);
    },
  };
  return world;
}

export function operatorOf(url: string, token: string, sshd: TestSshd, profile?: string): Promise<TestOperator> {
  const server = {
    name: 'web-1',
    host: sshd.host,
    port: sshd.port,
    user: sshd.user,
    identity_file: sshd.privateKeyPath,
    labels: { role: 'web' },
  };
  const knownHosts = [sshd.hostKeyLine];
  return anOperator({ url, token, servers: [server], knownHosts, ...(profile !== undefined && { profile }) });
}

export interface Answer {
  readonly status: number;
  // The tests look into bodies that they have not parsed; what is not there fails their expectations.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Calls the coordinator's REST; `body` makes it a POST. Answers the status and the parsed body. */
export async function rest(
  url: string,
  token: string | undefined,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
}

/** A user made by the admin, whom no plan limits, with one credential. */
export async function aUser(
  world: Pick<World, 'coordinator' | 'tokens'>,
  name: string,
  credential: Record<string, unknown>,
): Promise<{ userId: string; token: string; credentialId: string }> {
  const { url } = world.coordinator;
  const user = await rest(`${url}/api/admin/users`, world.tokens.admin_token, { name, plan: null });
  const made = await rest(`${url}/api/admin/users/${user.body.id}/credentials`, world.tokens.admin_token, {
    label: name,
    ...credential,
  });
  if (made.status !== 201) throw new Error(`no credential: ${made.status} ${JSON.stringify(made.body)}`);
  return { userId: String(user.body.id), token: made.body.token, credentialId: String(made.body.id) };
}
