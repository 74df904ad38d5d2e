import { Transform, type TransformCallback } from 'node:stream';
import { STDIO_DEFAULT_MAX_BUFFER_SIZE } from '@modelcontextprotocol/server';
import { JSON_RPC, JsonRpcFault, refuseRequest, refuseShape, type Refusal } from '@servonaut/agent-tools';
import { ServonautError } from '@servonaut/contracts';

const NEWLINE = 0x0a;

/** Lets through the lines that can be served. The SDK drops the others without an answer, for which whoever sent them would wait for ever. */
export class MessageLines extends Transform {
  readonly #refuse: (refusal: Refusal) => void;
  #begun: Buffer[] = [];
  #length = 0;

  constructor(refuse: (refusal: Refusal) => void) {
    super();
    this.#refuse = refuse;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      this.#take(Buffer.concat([...this.#begun, rest.subarray(0, end + 1)]));
      rest = rest.subarray(end + 1);
      this.#begun = [];
      this.#length = 0;
    }
    this.#hold(rest);
    done();
  }

  /** What is longer than the SDK takes goes to it as it is: it ends the conversation. */
  #hold(part: Buffer): void {
    this.#begun.push(part);
    this.#length += part.length;
    if (this.#length <= STDIO_DEFAULT_MAX_BUFFER_SIZE) return;
    this.push(Buffer.concat(this.#begun));
    this.#begun = [];
    this.#length = 0;
  }

  #take(line: Buffer): void {
    const text = line.toString();
    if (text.trim() === '') return;
    const refusal = refusalOf(text);
    if (refusal) this.#refuse(refusal);
    else this.push(line);
  }
}

function refusalOf(line: string): Refusal | undefined {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return NO_JSON;
  }
  return refuseShape(message) ?? refuseRequest(message);
}

const { code, message, data } = new JsonRpcFault(
  JSON_RPC.parseError,
  new ServonautError('malformed_json', {
    message: 'The line is not JSON.',
    nextStep: 'Send each message as one line of JSON.',
  }),
);
const NO_JSON: Refusal = { jsonrpc: '2.0', id: null, error: { code, message, data } };
