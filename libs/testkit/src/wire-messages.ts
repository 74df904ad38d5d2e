import { randomUUID } from 'node:crypto';
import {
  commandRequestSchema,
  commandResultSchema,
  commandTopic,
  executorRegistrationSchema,
  registerExecutorSchema,
  toolManifestSchema,
  WIRE_DEFAULTS,
  type CommandRequest,
  type CommandResult,
  type CommandResultInput,
  type ExecutorRegistration,
  type RegisterExecutor,
  type RegisterExecutorInput,
  type ToolManifest,
} from '@servonaut/contracts';

/** A public key of nobody: 32 zero bytes. */
const SOME_PUBLIC_KEY = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'test' } as const;

/** A request of user 42 to run `uptime` on web-1, created now. What the test gives wins; the contracts check the whole. */
export function aCommandRequest(given: Partial<CommandRequest> = {}): CommandRequest {
  return commandRequestSchema.parse({
    id: randomUUID(),
    user_id: '42',
    type: 'run_command',
    target_server_id: 'web-1',
    payload: { command: 'uptime', timeout_seconds: WIRE_DEFAULTS.timeoutSeconds },
    created_at: new Date().toISOString(),
    ttl_seconds: WIRE_DEFAULTS.ttlSeconds,
    principal: { kind: 'credential', id: 'cred-1', label: 'ci-bot' },
    ...given,
  });
}

/** The result of a command that wrote `ok` and exited with 0, as our executors post it. */
export function aCommandResult(given: Partial<CommandResultInput> = {}): CommandResult {
  return commandResultSchema.parse({
    ...aLegacyCommandResult(given),
    exit_code: 0,
    stdout: 'ok\n',
    stderr: '',
    truncated: false,
    stdout_bytes: 3,
    stderr_bytes: 0,
    ...given,
  });
}

/** The five fields that older executors post, and no more unless given. */
export function aLegacyCommandResult(given: Partial<CommandResultInput> = {}): CommandResult {
  return commandResultSchema.parse({
    request_id: randomUUID(),
    status: 'success',
    output: 'ok\n',
    error_message: null,
    execution_time_ms: 4,
    ...given,
  });
}

/** The manifest of a tool like `run_command`. */
export function aToolManifest(given: Partial<ToolManifest> = {}): ToolManifest {
  return toolManifestSchema.parse({
    name: 'run_command',
    title: 'Run a command',
    description: 'Runs a shell command on one server.',
    target: 'server',
    effect: 'privileged',
    input_schema: {
      type: 'object',
      properties: { server: { type: 'string' }, command: { type: 'string' }, timeout_seconds: { type: 'integer' } },
      required: ['server', 'command'],
    },
    ...given,
  });
}

/** What an executor of profile `prod` with one tool and one server posts to register. */
export function anExecutorToRegister(given: Partial<RegisterExecutorInput> = {}): RegisterExecutor {
  return registerExecutorSchema.parse({
    profile: 'prod',
    version: '0.1.0',
    manifest: { tools: [aToolManifest()], servers: [{ name: 'web-1', labels: { role: 'web' } }] },
    ...given,
  });
}

/** What the coordinator answers to a registration of user 42. */
export function anExecutorRegistration(given: Partial<ExecutorRegistration> = {}): ExecutorRegistration {
  const now = Date.now();
  return executorRegistrationSchema.parse({
    executor_id: randomUUID(),
    user_id: '42',
    hub_url: 'http://127.0.0.1:3000/.well-known/mercure',
    hub_protocol: '0.x',
    topic: commandTopic(given.user_id ?? '42'),
    subscriber_token: 'subscriber-token-of-a-test',
    subscriber_token_expires_at: new Date(now + 3_600_000).toISOString(),
    keys: [SOME_PUBLIC_KEY],
    server_time: new Date(now).toISOString(),
    heartbeat_interval_seconds: WIRE_DEFAULTS.heartbeatIntervalSeconds,
    ...given,
  });
}
