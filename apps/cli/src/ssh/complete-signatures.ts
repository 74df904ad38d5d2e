import { createRequire } from 'node:module';
import type { Client, ParsedKey } from 'ssh2';
import { sshString } from './ssh-wire.ts';

type Signed = (signature: Buffer) => void;

/** The parts of ssh2 1.17 that log in by key. They are not part of its interface. */
interface LoginProtocol {
  authPK(user: string, key: ParsedKey, algorithm?: string, sign?: (data: Buffer, signed: Signed) => void): void;
  readonly _authsQueue: string[];
  readonly _packetRW: {
    readonly write: { readonly allocStart: number; alloc(length: number): Buffer; finalize(packet: Buffer): Buffer };
  };
}

const { sendPacket } = createRequire(import.meta.url)('ssh2/lib/protocol/utils.js') as {
  readonly sendPacket: (protocol: LoginProtocol, packet: Buffer) => void;
};

/** The signed request (RFC 4252 section 7): what was signed, less the session's id in front, and the signature. */
function sendSigned(protocol: LoginProtocol, data: Buffer, signature: Buffer): void {
  const request = Buffer.concat([data.subarray(4 + data.readUInt32BE()), sshString(signature)]);
  const { write } = protocol._packetRW;
  const start = write.allocStart;
  const packet = write.alloc(request.length);
  packet.set(request, start);
  protocol._authsQueue.push('publickey');
  sendPacket(protocol, write.finalize(packet));
}

/**
 * Has ssh2 send signatures with the type that they bring. By itself it writes the algorithm of the key there, which for a certificate is another
 * one than that of the signature: sshd refuses it. Nor does it choose another algorithm than that of the key, as it would for `ssh-rsa`. To be called
 * once `connect` was.
 */
export function completeSignatures(client: Client): void {
  const protocol = (client as unknown as { readonly _protocol: LoginProtocol })._protocol;
  const request = protocol.authPK.bind(protocol);
  protocol.authPK = (user, key, _algorithm, sign) => {
    const signWhole = sign && ((data: Buffer) => sign(data, (signature) => sendSigned(protocol, data, signature)));
    request(user, key, undefined, signWhole);
  };
}
