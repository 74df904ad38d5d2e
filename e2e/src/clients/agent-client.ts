import type { Desk } from './desk.ts';

/** Streamable HTTP, or HTTP+SSE. */
export type Transport = 'http' | 'sse';

/** Where a client connects to, and as whom. */
export interface Target {
  readonly url: string;
  readonly transport: Transport;
  /** An API key, sent in the header. Without one the client has nothing but the address. */
  readonly key?: string;
}

/** A program of another maker that a person connects to us with. */
export interface AgentClient {
  readonly name: string;
  /** What our pages call it, by what it says of itself. */
  readonly callsItself: RegExp;
  /** Over which it signs in. */
  readonly transports: readonly Transport[];
  /** How it shows that it is connected. */
  readonly connected: RegExp;
  /** Does what a person would who wants to be connected, and resolves with what they see in the end. Waits while they sign in. */
  connect(desk: Desk, target: Target): Promise<string>;
}

export const authorization = (key: string): string => `Authorization: Bearer ${key}`;
