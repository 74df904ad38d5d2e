import { Agent, request } from 'node:http';
import type { GivenAnswer } from './answer-checks.ts';

/** Of an answer that goes on, such as an export, only so much is read; what is one piece of JSON is read whole. */
const MOST_READ = 256 * 1024;

export interface RawRequest {
  readonly method: string;
  readonly address: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

const agent = new Agent({ keepAlive: true });

/** Sends an address and headers as they stand, which `fetch` would put right first. */
export async function sendRaw(base: string, { method, address, headers, body }: RawRequest): Promise<GivenAnswer> {
  const { hostname, port } = new URL(base);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path: address, method, headers: { ...headers, ...length }, agent },
      (answer) => {
        let text = '';
        const isWhole = answer.headers['content-type']?.includes('json;') ?? false;
        const end = () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        answer.setEncoding('utf8').on('end', end).on('error', end);
        answer.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > MOST_READ && !isWhole) answer.destroy();
        });
        answer.on('close', end);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
