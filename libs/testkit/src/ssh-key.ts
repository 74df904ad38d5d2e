import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { requireProgram } from './find-program.ts';
import { run } from './run.ts';

export interface SshKey {
  /** The private key file, mode 0600. */
  readonly path: string;
  /** The private key in OpenSSH's format. */
  readonly privateKey: string;
  /** Type and base64, as in `authorized_keys`, without a comment. */
  readonly publicKey: string;
  /** As `ssh-keygen -l` shows it: `SHA256:…`. */
  readonly fingerprint: string;
}

export interface SshKeyOptions {
  readonly type?: 'ed25519' | 'rsa' | 'ecdsa';
  /** Encrypts the private key. For tests only: it is seen in ssh-keygen's arguments. */
  readonly passphrase?: string;
}

/** Makes a key pair with ssh-keygen at `path` (and `path.pub`), which must not exist. */
export async function makeSshKey(
  path: string,
  { type = 'ed25519', passphrase = '' }: SshKeyOptions = {},
): Promise<SshKey> {
  // Short, and soon decrypted: nobody is to be kept out.
  const quickly = [...(type === 'rsa' ? ['-b', '2048'] : []), ...(passphrase === '' ? [] : ['-a', '1'])];
  await run(requireProgram('ssh-keygen'), ['-q', '-t', type, ...quickly, '-N', passphrase, '-C', '', '-f', path]);
  return sshKey(path, await readFile(`${path}.pub`, 'utf8'), await readFile(path, 'utf8'));
}

/** Writes a private key that is not encrypted to `path`. */
export async function saveSshKey(path: string, privateKey: string): Promise<SshKey> {
  await writeFile(path, privateKey, { mode: 0o600 });
  const { stdout } = await run(requireProgram('ssh-keygen'), ['-y', '-f', path]);
  return sshKey(path, stdout, privateKey);
}

function sshKey(path: string, publicLine: string, privateKey: string): SshKey {
  const [type = '', base64 = ''] = publicLine.trim().split(' ');
  const hash = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64');
  return { path, privateKey, publicKey: `${type} ${base64}`, fingerprint: `SHA256:${hash.replace(/=+$/, '')}` };
}
