import { setTimeout as delay } from 'node:timers/promises';
import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../inventory/server.ts';
import { ChannelSlots } from './channel-slots.ts';
import { ChannelRefused, CommandNotSent, type ChannelPurpose, type Link, type RemoteChannel } from './links/link.ts';
import { connectionLost, NotRun } from './ssh-failure.ts';
import type { SshSettings } from './ssh-settings.ts';

/**
 * sshd puts a session away some moments after it has closed it, so that a command right behind another may be refused although it is alone. Pauses
 * before it is sent again, in milliseconds.
 */
const PAUSES_WHEN_ALONE = [0, 2, 5, 10, 20];

/** `sh`: reads a command as `/bin/sh` does. `other`: has to be told to start one. */
export type LoginShell = 'sh' | 'other';

interface Starting<Run> {
  /** Called before any output can arrive. */
  readonly attach: (channel: RemoteChannel) => Run;
  /** Told when the command leaves, and when the server has refused it after all. */
  readonly onSent: (isSent: boolean) => void;
}

/** One link to one server, with as many channels at once as the server bears. */
export class SshConnection {
  /** The form that every shell understands, until it is known better. */
  loginShell: LoginShell = 'other';
  /** Where it leads. */
  readonly target: SshTarget;
  readonly #name: string;
  readonly #link: Link;
  readonly #settings: SshSettings;
  readonly #slots: ChannelSlots;
  readonly #idleTimer: NodeJS.Timeout;
  #isGone = false;
  #isRetired = false;

  /** @param onUnusable called once when no new command may use this connection any more */
  constructor(name: string, target: SshTarget, link: Link, settings: SshSettings, onUnusable: () => void) {
    this.#name = name;
    this.target = target;
    this.#link = link;
    this.#settings = settings;
    this.#slots = new ChannelSlots(Math.max(1, settings.ssh_max_channels - 1));
    this.#idleTimer = setTimeout(() => this.#closeIfIdle(), settings.ssh_idle_ms).unref();
    link.onClose(() => {
      this.#isGone = true;
      clearTimeout(this.#idleTimer);
      onUnusable();
    });
    this.#onUnusable = onUnusable;
  }

  readonly #onUnusable: () => void;

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether new commands may use it. */
  get isUsable(): boolean {
    return !this.#isGone && !this.#isRetired;
  }

  get isIdle(): boolean {
    return this.#slots.isIdle;
  }

  /**
   * Starts a command, or a subsystem, as soon as the server bears one more.
   * @returns what `attach` returned; call `release` when the channel has closed
   * @throws NotRun when the connection is gone and another one may be asked; ServonautError `connection_lost`, `server_unreachable`, or the signal's reason when it aborts before the start
   */
  async start<Run>(purpose: ChannelPurpose, { attach, onSent }: Starting<Run>, signal: AbortSignal): Promise<Run> {
    for (let refusedAlone = 0; ;) {
      await this.#slots.take(signal);
      onSent(true);
      try {
        return await this.open(purpose, attach);
      } catch (error) {
        const isAlone = this.#slots.taken <= 1;
        if (error instanceof ChannelRefused) this.#slots.refused();
        this.release();
        if (!(error instanceof ChannelRefused)) throw error;
        onSent(false);
        if (!isAlone) continue;
        if (refusedAlone === PAUSES_WHEN_ALONE.length) throw this.#refused(purpose);
        await delay(PAUSES_WHEN_ALONE[refusedAlone++]);
      }
    }
  }

  release(): void {
    this.#slots.release();
    if (!this.#slots.isIdle) return;
    if (this.#isRetired) this.close();
    else this.#idleTimer.refresh();
  }

  /** Opens a channel without asking for a slot: for the one command that stops others. */
  open<Run>(purpose: ChannelPurpose, attach: (channel: RemoteChannel) => Run): Promise<Run> {
    if (this.#isGone) return Promise.reject(new NotRun(this.#name));
    return new Promise((resolve, reject) => {
      const received = this.#link.received;
      const timer = setTimeout(() => {
        this.retire();
        // Nothing at all has come meanwhile: what else is waited for here is not answered either. A server that is only slow has the time of the call.
        if (this.#link.received === received) this.#link.destroy();
      }, this.#settings.ssh_channel_timeout_ms);
      this.#link.exec(purpose, (outcome) => {
        clearTimeout(timer);
        if (outcome instanceof Error) reject(this.#startFailure(outcome, purpose));
        else resolve(attach(outcome));
      });
    });
  }

  /** Takes no new commands; closes when the running ones have ended. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#onUnusable();
    if (this.#slots.isIdle) this.close();
  }

  close(): void {
    this.#link.end();
  }

  #refused(purpose: ChannelPurpose, cause?: Error): ServonautError {
    const what = typeof purpose === 'string' ? 'refuses to run commands' : `offers no ${purpose.subsystem}`;
    return new ServonautError('server_unreachable', {
      message: `${this.#name} ${what}.`,
      ...(cause && { detail: cause.message, cause }),
    });
  }

  #startFailure(error: Error, purpose: ChannelPurpose): Error {
    if (error instanceof ChannelRefused) return error;
    if (error instanceof CommandNotSent) {
      this.retire();
      return new NotRun(this.#name);
    }
    if (this.#isGone) return connectionLost(this.#name);
    return this.#refused(purpose, error);
  }

  #closeIfIdle(): void {
    if (this.isIdle) this.retire();
  }
}
