import { connect } from 'node:net';
import { SshReader, sshString } from './ssh-wire.ts';

/** Messages of the SSH agent protocol (draft-ietf-sshm-ssh-agent, section 6.1), and the flags of its section 3.6.1. */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const SIGN_FLAGS: Readonly<Record<string, number>> = { 'rsa-sha2-256': 2, 'rsa-sha2-512': 4 };
/** OpenSSH's own bound of an answer. */
const ANSWER_BYTES = 256 * 1_024;
/** For a user who has to confirm, or to touch a device, in milliseconds. The timeout of the connect is shorter as a rule. */
const SIGN_TIMEOUT_MS = 120_000;

/** One request on a connection of its own. Rejects when the agent goes away, or answers something else than `expected`. */
function ask(socket: string, request: Buffer, expected: number, signal: AbortSignal): Promise<SshReader> {
  return new Promise((resolve, reject) => {
    const agent = connect({ path: socket, signal });
    const fail = (error: Error): void => {
      agent.destroy();
      reject(error);
    };
    let received = Buffer.alloc(0);
    agent.once('error', fail);
    agent.once('close', () => fail(new Error('the agent closed the connection')));
    agent.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const length = received.readUInt32BE();
      if (length > ANSWER_BYTES) return fail(new Error('the answer of the agent is too long'));
      if (received.length < 4 + length) return;
      agent.destroy();
      const answer = new SshReader(received.subarray(4, 4 + length));
      if (answer.bytes(1)[0] === expected) resolve(answer);
      else reject(new Error('the agent refused'));
    });
    agent.write(sshString(request));
  });
}

/** The public keys and certificates that the agent at `socket` holds, in its order. Rejects when it does not answer within `timeoutMs`. */
export async function agentIdentities(socket: string, timeoutMs: number): Promise<Buffer[]> {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await ask(socket, Buffer.of(REQUEST_IDENTITIES), IDENTITIES_ANSWER, signal);
  return Array.from({ length: answer.uint32() }, () => {
    const key = answer.string();
    answer.string(); // comment
    return Buffer.from(key);
  });
}

/**
 * Has the agent sign `data` with the key, or the key of the certificate, that it holds as `identity`. It may ask its user, so it is given the time for that.
 * @param algorithm of the signature, such as `rsa-sha2-256`
 * @returns the signature with its type
 */
export async function agentSignature(
  socket: string,
  identity: Buffer,
  algorithm: string,
  data: Buffer,
): Promise<Buffer> {
  const flags = Buffer.alloc(4);
  flags.writeUInt32BE(SIGN_FLAGS[algorithm] ?? 0);
  const request = Buffer.concat([Buffer.of(SIGN_REQUEST), sshString(identity), sshString(data), flags]);
  const answer = await ask(socket, request, SIGN_RESPONSE, AbortSignal.timeout(SIGN_TIMEOUT_MS));
  return Buffer.from(answer.string());
}
