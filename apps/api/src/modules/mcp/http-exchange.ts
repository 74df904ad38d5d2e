import type { JSONRPCNotification, JSONRPCResponse } from '@modelcontextprotocol/server';
import type { Response } from 'express';

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  // nginx would otherwise hold the stream back until its buffer is full.
  'X-Accel-Buffering': 'no',
};

/**
 * One call of a revision before 2026-07-28 and its answer, on Node's own response. An answer that comes at once is JSON in one write, which is
 * the cheapest for both sides; progress, or silence of `keepAliveMs`, makes it a stream of events.
 */
export class HttpExchange {
  readonly #response: Response;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #abandoned = new AbortController();
  #ended = false;

  constructor(response: Response, keepAliveMs: number) {
    this.#response = response;
    this.#keepAlive = setInterval(() => this.#stream(': keepalive\n\n'), keepAliveMs);
    response.once('close', () => this.#lost());
    // Gone while its token was looked at: it will not say so a second time.
    if (response.destroyed) this.#lost();
  }

  /** Aborts when nobody waits for the answer any more. */
  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Progress that an agent does not take in time is not kept for it: all of it is in the result. */
  notify(notification: JSONRPCNotification): void {
    if (!this.#ended && !this.#response.writableNeedDrain) this.#stream(event(notification));
  }

  answer(answer: JSONRPCResponse): void {
    if (this.#ended) return;
    this.#stop();
    if (this.#response.headersSent) this.#response.end(event(answer));
    else endWithJson(this.#response, JSON.stringify(answer));
  }

  /** The agent wants no answer any more: the call is aborted, and the stream ends without one. */
  cancel(): void {
    if (this.#ended) return;
    if (!this.#response.headersSent) this.#response.writeHead(200, STREAM_HEADERS);
    this.#lost();
    this.#response.end();
  }

  #stream(text: string): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, STREAM_HEADERS);
    this.#response.write(text);
  }

  /** The agent has gone before its answer. */
  #lost(): void {
    if (this.#ended) return;
    this.#stop();
    this.#abandoned.abort();
  }

  #stop(): void {
    this.#ended = true;
    clearInterval(this.#keepAlive);
  }
}

function event(message: JSONRPCNotification | JSONRPCResponse): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

function endWithJson(response: Response, text: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
}
