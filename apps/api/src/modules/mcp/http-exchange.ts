import type { JSONRPCMessage, JSONRPCRequest, Transport } from '@modelcontextprotocol/server';
import type { Response } from 'express';

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  // nginx would otherwise hold the stream back until its buffer is full.
  'X-Accel-Buffering': 'no',
};

/**
 * One request of a revision before 2026-07-28 and its answer, on Node's own response. An answer that comes at once is JSON in one write, which
 * is the cheapest for both sides; progress, or silence of `keepAliveMs`, makes it a stream of events.
 */
export class HttpExchange implements Transport {
  onclose?: () => void;
  onmessage?: NonNullable<Transport['onmessage']>;
  readonly #response: Response;
  readonly #keepAlive: NodeJS.Timeout;
  #ended = false;

  constructor(response: Response, keepAliveMs: number) {
    this.#response = response;
    this.#keepAlive = setInterval(() => this.#stream(': keepalive\n\n'), keepAliveMs);
    response.once('close', () => this.#lost());
  }

  async start(): Promise<void> {}

  /** To be called once a server is connected. */
  receive(request: JSONRPCRequest): void {
    // Gone while its token was looked at: it will not say so a second time.
    if (this.#response.destroyed) this.#lost();
    else this.onmessage?.(request);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#ended) return;
    if (!('method' in message)) this.#end(message);
    // Progress that an agent does not take in time is not kept for it: all of it is in the result.
    else if (!this.#response.writableNeedDrain) this.#stream(event(message));
  }

  async close(): Promise<void> {
    this.#response.destroy();
  }

  /** The agent wants no answer any more: the server aborts the call, and the stream ends without one. */
  cancel(): void {
    if (this.#ended) return;
    if (!this.#response.headersSent) this.#response.writeHead(200, STREAM_HEADERS);
    this.#lost();
    this.#response.end();
  }

  #end(answer: JSONRPCMessage): void {
    this.#stop();
    if (this.#response.headersSent) this.#response.end(event(answer));
    else endWithJson(this.#response, JSON.stringify(answer));
  }

  #stream(text: string): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, STREAM_HEADERS);
    this.#response.write(text);
  }

  /** The agent has gone before its answer: the server aborts the call. */
  #lost(): void {
    if (this.#ended) return;
    this.#stop();
    this.onclose?.();
  }

  #stop(): void {
    this.#ended = true;
    clearInterval(this.#keepAlive);
  }
}

function event(message: JSONRPCMessage): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

function endWithJson(response: Response, text: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
}
