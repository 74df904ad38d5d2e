import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SFTP_CHUNK, withLocalSftp, type SftpFile } from '@servonaut/plugin-sdk/sftp';
import { ChannelStream } from '../links/channel-stream.ts';
import { SshReader, sshString } from '../ssh-wire.ts';
import { RemoteFile } from './remote-file.ts';
import { PACKET_TYPE, STATUS, uint32 } from './sftp-packets.ts';
import { SftpRequests } from './sftp-requests.ts';

/** A row of numbers that is the same for the same seed (mulberry32), each from 0 to below `most`. */
function numbersFrom(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * most);
  };
}

const packet = (type: number, ...fields: readonly Buffer[]): Buffer =>
  sshString(Buffer.concat([Buffer.from([type]), ...fields]));

/** A server of one file, which answers what has come by some turn in any order, reads short now and then, and cuts its replies anywhere. */
class UnrulyServer extends ChannelStream {
  readonly written: Buffer;
  readonly #content: Buffer;
  readonly #number: (most: number) => number;
  #replies: Buffer[] = [];
  #failsAfter: number;

  constructor(content: Buffer, number: (most: number) => number, failsAfter = Infinity) {
    super();
    [this.#content, this.#number, this.#failsAfter] = [content, number, failsAfter];
    this.written = Buffer.alloc(content.length);
  }

  signal(): void {
    throw new Error('no signal was expected');
  }

  close(): void {
    this.finish();
  }

  override _write(request: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // It is read later, as what waits on its way is.
    setImmediate(() => {
      this.#take(new SshReader(request.subarray(4)));
      done();
    });
  }

  override _read(): void {}

  protected override readErrors(): void {}

  #take(request: SshReader): void {
    const [type] = request.bytes(1);
    const id = request.bytes(4);
    request.string();
    const at = Number(request.uint64());
    if (this.#replies.length === 0) setImmediate(() => this.#answer());
    if (type === PACKET_TYPE.read) this.#replies.push(this.#read(id, at, request.uint32()));
    else {
      request.string().copy(this.written, at);
      this.#replies.push(packet(PACKET_TYPE.status, id, uint32(STATUS.ok)));
    }
  }

  #read(id: Buffer, at: number, wanted: number): Buffer {
    if (--this.#failsAfter < 0) return packet(PACKET_TYPE.status, id, uint32(STATUS.denied));
    if (at >= this.#content.length) return packet(PACKET_TYPE.status, id, uint32(STATUS.end));
    // By a few bytes too, so that what is short lies in the room of a whole chunk.
    const length = [wanted, wanted, wanted, wanted - 3, 1 + this.#number(wanted)][this.#number(5)] ?? wanted;
    return packet(PACKET_TYPE.data, id, sshString(this.#content.subarray(at, at + Math.max(1, length))));
  }

  #answer(): void {
    const replies = this.#replies.map((reply) => ({ reply, turn: this.#number(1_000) }));
    this.#replies = [];
    const said = Buffer.concat(replies.toSorted((one, other) => one.turn - other.turn).map(({ reply }) => reply));
    for (let at = 0, length = 1; at < said.length; at += length) {
      length = 1 + this.#number(3 * SFTP_CHUNK);
      this.push(said.subarray(at, at + length));
    }
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function turns(count: number): Promise<void> {
  return count === 0 ? Promise.resolve() : new Promise((resolve) => setImmediate(resolve)).then(() => turns(count - 1));
}

/** What a reader sees that takes its time with each chunk, and looks at it when that is over. */
async function slowly(file: SftpFile, from: number, number: (most: number) => number): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of file.read(from, { reuse: true })) {
    await turns(number(4));
    hash.update(bytes);
  }
  return hash.digest('hex');
}

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'servonaut-chunks-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const serve = (server: UnrulyServer): SftpFile =>
  new RemoteFile(new SftpRequests(server, () => new Error('lost')), '/file', Buffer.from('handle'));

describe.each([1, 2, 3, 4, 5, 6])('chunks whose room is used again, in an order that nobody knows (%d)', (seed) => {
  const number = numbersFrom(seed);
  const content = randomBytes(90 * SFTP_CHUNK + number(SFTP_CHUNK));

  it('are whole for two slow readers of one session, beside one that keeps what it gets', async () => {
    const file = serve(new UnrulyServer(content, number));
    const keeping = async (): Promise<string> => {
      const kept: Uint8Array[] = [];
      for await (const bytes of file.read()) kept.push(bytes);
      return sha256(Buffer.concat(kept));
    };
    const from = number(content.length);
    const [one, other, kept] = await Promise.all([slowly(file, 0, number), slowly(file, from, number), keeping()]);
    expect([one, other, kept]).toEqual([sha256(content), sha256(content.subarray(from)), sha256(content)]);
  });

  it('arrive as they were on the disk of this machine, and on a server', async () => {
    const [source, target] = [new UnrulyServer(content, number), new UnrulyServer(content, number)];
    await withLocalSftp(
      async (here) => {
        await (await here.open('file', 'create')).write(serve(source).read(0, { reuse: true }));
        await serve(target).write((await here.open('file', 'read')).read(0, { reuse: true }));
      },
      { folder },
    );
    expect([readFileSync(join(folder, 'file')), target.written].map(sha256)).toEqual(Array(2).fill(sha256(content)));
  });

  it('are whole for the other reader when one stops, and after an error in the middle', async () => {
    const server = new UnrulyServer(content, number);
    const file = serve(server);
    const stopping = async (): Promise<void> => {
      for await (const bytes of file.read(0, { reuse: true })) if (bytes.length > 0 && number(20) === 0) return;
    };
    const [seen] = await Promise.all([slowly(file, 0, number), stopping(), stopping()]);
    expect(seen).toBe(sha256(content));
    writeFileSync(join(folder, 'file'), '');
    const failing = serve(new UnrulyServer(content, number, 60));
    const written = withLocalSftp(
      async (here) => (await here.open('file', 'write')).write(failing.read(0, { reuse: true })),
      { folder },
    );
    await expect(written).rejects.toMatchObject({ code: 'tool_failed' });
    const arrived = readFileSync(join(folder, 'file'));
    expect(arrived.equals(content.subarray(0, arrived.length))).toBe(true);
  });
});
