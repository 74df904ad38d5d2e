import {
  EXECUTOR_PATHS,
  executorRegistrationSchema,
  executorStatusSchema,
  heartbeatAnswerSchema,
  identitySchema,
  mercureTokenSchema,
  ServonautError,
  type CommandAck,
  type CommandProgress,
  type ExecutorRegistration,
  type ExecutorStatus,
  type Heartbeat,
  type Identity,
  type MercureToken,
  type RegisterExecutorInput,
} from '@servonaut/contracts';
import { z } from 'zod';
import { CoordinatorHttp, type CoordinatorHttpOptions } from './coordinator-http.ts';
import { isHubOf } from './hub-url.ts';

/** Each open request is judged by itself: one that is malformed must not hide the others. */
const openRequestListSchema = z.object({ requests: z.array(z.unknown()) });

function parsed<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw speaksOtherwise(z.prettifyError(result.error));
}

function speaksOtherwise(detail: string): ServonautError {
  return new ServonautError('coordinator_unreachable', {
    message: 'What answers at this URL does not speak as a coordinator does.',
    nextStep: 'Check the URL, and that executor and coordinator are of about the same version.',
    detail,
  });
}

/** The coordinator's endpoints for executors (EXECUTOR_PATHS). Every method throws ServonautError only. */
export class CoordinatorClient {
  readonly #http: CoordinatorHttp;
  readonly #url: string;

  constructor(options: CoordinatorHttpOptions) {
    this.#http = new CoordinatorHttp(options);
    this.#url = options.url;
  }

  async identity(): Promise<Identity> {
    return parsed(identitySchema, await this.#http.call('GET', EXECUTOR_PATHS.identity));
  }

  async register(registration: RegisterExecutorInput): Promise<ExecutorRegistration> {
    return this.#withHub(parsed(executorRegistrationSchema, await this.#post(EXECUTOR_PATHS.register, registration)));
  }

  async heartbeat(heartbeat: Heartbeat): Promise<z.infer<typeof heartbeatAnswerSchema>> {
    return parsed(heartbeatAnswerSchema, await this.#post(EXECUTOR_PATHS.heartbeat, heartbeat));
  }

  async status(): Promise<ExecutorStatus> {
    return parsed(executorStatusSchema, await this.#http.call('GET', EXECUTOR_PATHS.status));
  }

  /** With which to listen without being an executor. @param executorId one of ours, without which some coordinators refuse */
  async mercureToken(executorId?: string): Promise<MercureToken> {
    const query = executorId === undefined ? '' : `?executor_id=${encodeURIComponent(executorId)}`;
    const token = await this.#http.call('GET', `${EXECUTOR_PATHS.mercureToken}${query}`);
    return this.#withHub(parsed(mercureTokenSchema, token));
  }

  /** Requests that nobody has acknowledged, as they were published: to be verified like any update. */
  async openRequests(executorId: string): Promise<readonly unknown[]> {
    const path = `${EXECUTOR_PATHS.openRequests}?executor_id=${encodeURIComponent(executorId)}`;
    return parsed(openRequestListSchema, await this.#http.call('GET', path)).requests;
  }

  async ack(ack: CommandAck): Promise<void> {
    await this.#post(EXECUTOR_PATHS.ack, ack);
  }

  async progress(progress: CommandProgress): Promise<void> {
    await this.#post(EXECUTOR_PATHS.progress, progress);
  }

  /** @param result JSON of a command result, as it was spooled */
  async result(result: string): Promise<void> {
    await this.#http.call('POST', EXECUTOR_PATHS.result, result);
  }

  close(): void {
    this.#http.close();
  }

  #withHub<Answer extends { readonly hub_url: string }>(answer: Answer): Answer {
    if (isHubOf(this.#url, answer.hub_url)) return answer;
    throw speaksOtherwise('its hub is not one to which it may send an executor: hub-url.ts');
  }

  #post(path: string, body: unknown): Promise<unknown> {
    return this.#http.call('POST', path, JSON.stringify(body));
  }
}
