import { once, EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAgent, WAYS_IN, type Agent, type AgentAnswer } from '../agent.ts';
import type { Chance } from './chance.ts';

/** One command that an agent asked for, by the mark that it leaves. */
export interface Asked {
  readonly mark: string;
  /** Null for a call that never became a request. */
  readonly requestId: string | null;
  readonly answer: AgentAnswer;
}

/** Longest pause of an agent between two calls, in milliseconds. */
const LONGEST_PAUSE_MS = 40;
/** Enough that a few results make the journal large. */
const OUTPUT_BYTES = 3_000;

/** Several agents who call one after the other, each command leaving a mark of its own in a file on the server. */
export class Load {
  readonly asked: Asked[] = [];
  readonly #events = new EventEmitter();
  readonly #chance: Chance;
  readonly #trace: string;
  #agents: Agent[] = [];
  #loops: Promise<void>[] = [];
  #stopped = false;
  #count = 0;

  /** @param trace the file of the marks */
  constructor(chance: Chance, trace: string) {
    this.#chance = chance;
    this.#trace = trace;
  }

  async start(url: string, token: string, agents: number): Promise<void> {
    const ways = Array.from({ length: agents }, (_, n) => WAYS_IN[n % WAYS_IN.length] ?? 'http');
    this.#agents = await Promise.all(ways.map((way) => connectAgent(way, url, token)));
    this.#loops = this.#agents.map((agent) => this.#callOn(agent));
    // Whoever waits for the next call, or for the end, is told.
    for (const loop of this.#loops) loop.catch((error: unknown) => this.#events.emit('error', error));
  }

  /** Resolves when the next call has been sent. */
  async nextCall(): Promise<void> {
    await once(this.#events, 'call');
  }

  /** Resolves when every call has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  /** A command that was running when its executor was killed may still leave its mark. */
  async untilServerIsIdle(): Promise<void> {
    await (this.#agents[0] as Agent).call('run_command', { server: 'web-1', command: 'sleep 1' });
  }

  /** What `get_request` says now. */
  async look(requestId: string): Promise<AgentAnswer> {
    return (this.#agents[0] as Agent).call('get_request', { request_id: requestId });
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#agents.map((agent) => agent.close()));
  }

  async #callOn(agent: Agent): Promise<void> {
    while (!this.#stopped) {
      const mark = `mark-${++this.#count}`;
      const answering = agent.call('run_command', {
        server: 'web-1',
        command: this.#command(mark),
        timeout_seconds: 30,
      });
      this.#events.emit('call');
      const answer = await answering;
      this.asked.push({ mark, requestId: answer.answer.request_id, answer });
      await delay(this.#chance.below(LONGEST_PAUSE_MS));
    }
  }

  #command(mark: string): string {
    const leave = `echo ${mark} >> ${this.#trace}`;
    return this.#chance.oneOf([
      leave,
      `${leave}; head -c ${OUTPUT_BYTES} /dev/zero | tr '\\0' x`,
      `${leave}; sleep 0.1`,
      `sleep 0.05; ${leave}`,
    ]);
  }
}
