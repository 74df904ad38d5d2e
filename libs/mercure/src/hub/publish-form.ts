import type { IncomingMessage } from 'node:http';
import { MercureError } from '../mercure-error.ts';
import { assertValidUpdate, type Update } from '../update.ts';

const FORM = 'application/x-www-form-urlencoded';
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/**
 * Reads the form of a publish request from the raw stream, or what a body parser in front of the hub made of it.
 * @throws MercureError `invalid` with status 400, 403 or 413.
 */
export async function readPublishForm(request: IncomingMessage, maxBytes: number): Promise<Update> {
  const update = toUpdate(request.readableDidRead ? parsedForm(request) : await rawForm(request, maxBytes));
  assertValidUpdate(update);
  return update;
}

async function rawForm(request: IncomingMessage, maxBytes: number): Promise<URLSearchParams> {
  if (request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() !== FORM) return new URLSearchParams();
  const chunks: Buffer[] = [];
  let length = 0;
  // The connection has to outlive a refusal, or the publisher would never read it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw new MercureError('invalid', 'The update is too large', { status: 413 });
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (BROKEN_ESCAPE.test(text)) throw new MercureError('invalid', 'Bad Request', { status: 400 });
  return new URLSearchParams(text);
}

/** Express leaves repeated fields as arrays of strings; anything deeper is not a form of this protocol. */
function parsedForm(request: IncomingMessage): URLSearchParams {
  const form = new URLSearchParams();
  const { body } = request as { body?: unknown };
  for (const [name, value] of Object.entries(body ?? {})) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof item !== 'string') throw new MercureError('invalid', 'Bad Request', { status: 400 });
      form.append(name, item);
    }
  }
  return form;
}

/** Empty fields are absent ones, except a topic: that may be any string. */
function toUpdate(form: URLSearchParams): Update {
  const id = form.get('id');
  const type = form.get('type');
  const retry = form.get('retry');
  return {
    topics: form.getAll('topic'),
    data: form.get('data') ?? '',
    private: form.has('private'),
    ...(id ? { id } : {}),
    ...(type ? { type } : {}),
    ...(retry ? { retry: parseRetry(retry) } : {}),
  };
}

function parseRetry(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw new MercureError('invalid', 'Invalid "retry" parameter', { status: 400 });
  return BigInt(text);
}
