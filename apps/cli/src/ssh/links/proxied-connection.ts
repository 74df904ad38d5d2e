import type { Duplex } from 'node:stream';
import type { SshTarget } from '../../inventory/server.ts';
import { sshString, SshReader } from '../ssh-wire.ts';
import { ChannelRefused, CommandNotSent, type ChannelPurpose, type Started, type Variables } from './link.ts';
import { MESSAGE, PACKET, ProxiedChannel, uint32, WINDOW } from './proxied-channel.ts';

/** A command from when its channel was asked for to when the channel has closed. */
interface Command {
  readonly purpose: ChannelPurpose;
  /** Until it was told. */
  started: Started | undefined;
  channel: ProxiedChannel | undefined;
}

/**
 * The connection protocol of SSH (RFC 4254), of which only commands are there, over a control master in proxy mode: it encrypts, and translates
 * the numbers of channels. Each message is a string, with a byte for padding that is none before its type.
 */
export class ProxiedConnection {
  readonly #socket: Duplex;
  readonly #forwardsAgent: boolean;
  readonly #variables: Variables;
  readonly #commands = new Map<number, Command>();
  #nextId = 0;
  #isGone = false;

  constructor(socket: Duplex, { forwardAgent, variables }: Pick<SshTarget, 'forwardAgent' | 'variables'>) {
    this.#socket = socket;
    this.#forwardsAgent = forwardAgent !== undefined;
    this.#variables = variables;
  }

  exec(purpose: ChannelPurpose, started: Started): void {
    if (this.#isGone) return started(new CommandNotSent('the control master is gone'));
    const id = this.#nextId++;
    this.#commands.set(id, { purpose, started, channel: undefined });
    this.#send(MESSAGE.open, sshString('session'), uint32(id), uint32(WINDOW), uint32(PACKET));
  }

  /** Each command learns that nothing more comes. */
  lost(): void {
    this.#isGone = true;
    const commands = [...this.#commands.values()];
    this.#commands.clear();
    for (const { started, channel } of commands) {
      channel?.gone();
      started?.(channel ? new Error('the control master is gone') : new CommandNotSent('the control master is gone'));
    }
  }

  /** @throws RangeError for a message that is cut short */
  message(bytes: Buffer): void {
    const reader = new SshReader(bytes);
    const [, type] = reader.bytes(2);
    const id = reader.uint32();
    const command = this.#commands.get(id);
    if (!command) return;
    const { channel } = command;
    switch (type) {
      case MESSAGE.openConfirmation:
        return this.#opened(command, reader);
      case MESSAGE.openFailure:
        reader.uint32();
        return this.#refused(id, command, new ChannelRefused(reader.text()));
      case MESSAGE.windowAdjust:
        return channel?.adjusted(reader.uint32());
      case MESSAGE.data:
        return channel?.received('stdout', reader.string());
      case MESSAGE.extendedData:
        reader.uint32();
        return channel?.received('stderr', reader.string());
      case MESSAGE.request:
        return channel && this.#requested(channel, reader);
      case MESSAGE.success:
        if (channel) command.started?.(channel);
        command.started = undefined;
        return;
      case MESSAGE.failure:
        return channel?.close();
      case MESSAGE.close:
        channel?.gone();
        return this.#refused(id, command, new Error('the server does not run it'));
      default:
        // What else there is asks for nothing here: the end of its output comes with the close.
        return;
    }
  }

  #opened(command: Command, reader: SshReader): void {
    const peer = { id: reader.uint32(), window: reader.uint32(), packet: reader.uint32() };
    const channel = new ProxiedChannel((type, ...fields) => this.#send(type, ...fields), peer);
    command.channel = channel;
    if (this.#forwardsAgent) channel.forwardAgent();
    for (const [name, value] of Object.entries(this.#variables)) channel.variable(name, value);
    channel.begin(command.purpose);
  }

  #refused(id: number, { started }: Command, error: Error): void {
    this.#commands.delete(id);
    started?.(error);
  }

  /** How a command ended (RFC 4254 section 6.10). */
  #requested(channel: ProxiedChannel, reader: SshReader): void {
    const name = reader.text();
    const wantsReply = reader.bytes(1)[0] !== 0;
    if (name === 'exit-status') channel.emit('exit', reader.uint32());
    else if (name === 'exit-signal') channel.emit('exit', null, reader.text());
    else if (wantsReply) channel.deny();
  }

  #send(type: number, ...fields: readonly Buffer[]): void {
    if (this.#isGone) return;
    this.#socket.write(sshString(Buffer.concat([Buffer.from([0, type]), ...fields])));
  }
}
