import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelStream } from '../links/channel-stream.ts';
import { sshString } from '../ssh-wire.ts';
import { PACKET_TYPE, STATUS, uint32 } from './sftp-packets.ts';
import { SftpRequests } from './sftp-requests.ts';

/** A server that says what the test says, to requests that it does not read. */
class ToldServer extends ChannelStream {
  isClosed = false;

  signal(): void {
    throw new Error('no signal was expected');
  }

  close(): void {
    this.isClosed = true;
  }

  gone(): void {
    this.finish();
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  override _read(): void {}

  protected override readErrors(): void {}
}

const packet = (type: number, ...fields: readonly Buffer[]): Buffer =>
  sshString(Buffer.concat([Buffer.from([type]), ...fields]));
const data = (id: number, text: string): Buffer => packet(PACKET_TYPE.data, uint32(id), sshString(text));

let server: ToldServer;
let requests: SftpRequests;
beforeEach(() => {
  server = new ToldServer();
  requests = new SftpRequests(server, () => new Error('lost'));
});

const read = async (): Promise<string | undefined> =>
  (await requests.ask('/a', PACKET_TYPE.read, [], PACKET_TYPE.data))?.text();

describe('requests of SFTP', () => {
  it('are answered in any order, in pieces of any size', async () => {
    const [one, two, end] = [read(), read(), read()];
    const said = Buffer.concat([
      data(1, 'two'),
      packet(PACKET_TYPE.status, uint32(2), uint32(STATUS.end)),
      data(0, 'one'),
    ]);
    for (const byte of said) server.push(Buffer.from([byte]));
    expect(await Promise.all([one, two, end])).toEqual(['one', 'two', undefined]);
  });

  it('know what the server can do besides', async () => {
    const greeted = requests.greet();
    server.push(packet(PACKET_TYPE.version, uint32(3), sshString('fsync@openssh.com'), sshString('1')));
    await greeted;
    expect([requests.knows('fsync@openssh.com'), requests.knows('1')]).toEqual([true, false]);
  });

  it.each<[string, Buffer]>([
    ['announces more than anybody would hold', uint32(2 ** 31)],
    ['announces nothing', uint32(0)],
    ['cuts a packet short', packet(PACKET_TYPE.data)],
  ])('fail, with all that follows, when the server %s', async (_what, said) => {
    const asked = read();
    server.push(said);
    await expect(asked).rejects.toMatchObject({ code: 'tool_failed' });
    server.push(data(1, 'late'));
    await expect(read()).rejects.toMatchObject({ code: 'tool_failed' });
    expect(server.isClosed).toBe(true);
  });

  it.each<[string, number, string]>([
    ['there is nothing', STATUS.notFound, 'not_found'],
    ['it is denied', STATUS.denied, 'tool_failed'],
    ['another kind of answer comes', STATUS.ok, 'tool_failed'],
  ])('are refused when %s', async (_what, status, code) => {
    const asked = read();
    server.push(packet(PACKET_TYPE.status, uint32(0), uint32(status)));
    await expect(asked).rejects.toMatchObject({ code });
  });

  it('fail when the session ends, now and later', async () => {
    const asked = read();
    server.gone();
    await expect(asked).rejects.toThrow('lost');
    await expect(read()).rejects.toThrow('lost');
  });
});
