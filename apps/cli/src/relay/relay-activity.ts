import { z } from 'zod';
import type { RelayEvent, ShownRequest } from './relay-event.ts';

const requestSchema = z.object({
  requestId: z.string(),
  tool: z.string(),
  server: z.string().nullable(),
  principal: z.string().optional(),
});

/** What `connect` is doing, and has done since it began. Instants are milliseconds since the epoch. */
export const activitySchema = z.object({
  connection: z.enum(['connecting', 'connected', 'waiting', 'draining']),
  /** Since when the connection is so. */
  since: z.number(),
  running: z.array(z.object({ request: requestSchema, since: z.number() })),
  /** Requests that wait for the operator, and until when they do. */
  asking: z.array(z.object({ request: requestSchema, until: z.number() })),
  /** Requests that came to their end, by how they did: `rejected` ones did not run. */
  ended: z.object({ success: z.number(), error: z.number(), timeout: z.number(), rejected: z.number() }),
});
export type Activity = z.infer<typeof activitySchema>;

/** Gathers from events what goes on: for the panel of `connect`, and for `status`. */
export class RelayActivity {
  readonly #now: () => number;
  #connection: Activity['connection'] = 'connecting';
  #since: number;
  readonly #running = new Map<string, Activity['running'][number]>();
  readonly #asking = new Map<string, Activity['asking'][number]>();
  readonly #ended: Activity['ended'] = { success: 0, error: 0, timeout: 0, rejected: 0 };

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#since = now();
  }

  take(event: RelayEvent): void {
    switch (event.event) {
      case 'connecting':
      case 'connected':
      case 'waiting':
      case 'draining':
        if (event.event !== this.#connection) this.#since = this.#now();
        this.#connection = event.event;
        return;
      case 'request_waiting':
        this.#asking.set(event.request.requestId, { request: known(event.request), until: event.until });
        return;
      case 'request_started':
        this.#forget(event.request.requestId);
        this.#running.set(event.request.requestId, { request: known(event.request), since: this.#now() });
        return;
      case 'request_finished':
        this.#forget(event.request.requestId);
        this.#ended[event.status] += 1;
        return;
      case 'request_refused':
        this.#forget(event.requestId);
        this.#ended.rejected += 1;
        return;
      default:
      // Told as it happens, and nothing that goes on.
    }
  }

  get current(): Activity {
    return {
      connection: this.#connection,
      since: this.#since,
      running: [...this.#running.values()],
      asking: [...this.#asking.values()],
      ended: { ...this.#ended },
    };
  }

  #forget(requestId: string): void {
    this.#running.delete(requestId);
    this.#asking.delete(requestId);
  }
}

function known({ principal, ...request }: ShownRequest): z.infer<typeof requestSchema> {
  return { ...request, ...(principal !== undefined && { principal }) };
}
