import { createPrivateKey } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { readRegularFile, type RegularFile } from './regular-file.ts';
import { parseCertificate } from './ssh-certificate.ts';
import { SshReader, sshString } from './ssh-wire.ts';

/** What an identity file and the files beside it hold. */
export interface KeyFile {
  readonly path: string;
  /** Null where it is known to nobody but the holder of the passphrase. */
  readonly publicKey: Buffer | null;
  /** Null when the file is not there, is encrypted or cannot be used: the agent may still hold its key. */
  readonly privateKey: ParsedKey | null;
  readonly isEncrypted: boolean;
  /** `<path>-cert.pub`, when it holds a certificate. */
  readonly certificate: Buffer | null;
  /** Why the file is of no use. */
  readonly hindrance: string | null;
}

const UNREADABLE = 'a key file cannot be read';
export const OPEN_TO_OTHERS = 'others than its owner may use a key file: run chmod 600 on it';
const UNSUPPORTED = 'a key file is of a format that is not supported: load its key into the SSH agent with ssh-add';
const PUBLIC_LINE = /^\s*([\w@.-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/;
const OPENSSH_PRIVATE = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/;
const PKCS8 = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/;
const OPENSSH_MAGIC = 'openssh-key-v1\0';

/** Longest file that is read for a key, in bytes, as for ssh(1) (MAX_KEY_FILE_SIZE of its source). */
const MOST_BYTES = 2 ** 20;
/** What others than the owner may not do with a private key. */
const OTHERS = 0o077;

/** @throws Error as `readRegularFile` */
export const openKeyFile = (path: string) => readRegularFile(path, MOST_BYTES);

async function readIfThere(path: string): Promise<RegularFile | null | Error> {
  try {
    return await openKeyFile(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : (error as Error);
  }
}

/** The key or the certificate of a file as ssh-keygen writes it: type, base64, comment. */
export async function readPublicFile(path: string): Promise<Buffer | null> {
  const file = await readIfThere(path);
  if (file === null || file instanceof Error) return null;
  const [, type, base64 = ''] = PUBLIC_LINE.exec(file.data.toString('latin1')) ?? [];
  const key = Buffer.from(base64, 'base64');
  return type !== undefined && key.indexOf(sshString(type)) === 0 ? key : null;
}

/** A key of the PKCS #8 format, which ssh(1) reads and ssh2 does not, in one that ssh2 reads; any other as it is. */
function withoutPkcs8(data: Buffer, passphrase: string | undefined): Buffer | Error {
  const [found, encrypted] = PKCS8.exec(data.toString('latin1')) ?? [];
  if (found === undefined) return data;
  if (encrypted && passphrase === undefined) return new Error('the key is encrypted');
  try {
    const key = createPrivateKey({ key: data, format: 'pem', ...(passphrase !== undefined && { passphrase }) });
    const type = key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1';
    return Buffer.from(key.export({ type, format: 'pem' }));
  } catch (error) {
    return new Error((error as Error).message);
  }
}

/** @returns an error that says that it is encrypted where only a passphrase is missing */
export function parsePrivateKey(data: Buffer, passphrase?: string): ParsedKey | Error {
  const readable = withoutPkcs8(data, passphrase);
  if (readable instanceof Error) return readable;
  const found: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(readable, passphrase);
  // A list for formats that can hold several keys.
  return Array.isArray(found) ? (found[0] ?? new Error('no key in the file')) : found;
}

/** The public half of a private key of OpenSSH's own format, which is not encrypted with the rest (PROTOCOL.key of its source). */
function publicHalf(data: Buffer): Buffer | null {
  const base64 = OPENSSH_PRIVATE.exec(data.toString('latin1'))?.[1];
  if (base64 === undefined) return null;
  try {
    const reader = new SshReader(Buffer.from(base64, 'base64'));
    if (reader.bytes(OPENSSH_MAGIC.length).toString('latin1') !== OPENSSH_MAGIC) return null;
    for (const _ of ['cipher', 'key derivation', 'its options']) reader.string();
    return reader.uint32() === 1 ? reader.string() : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

type Content = Pick<KeyFile, 'publicKey' | 'privateKey' | 'isEncrypted' | 'hindrance'>;

function parsed(data: Buffer): Content {
  const key = parsePrivateKey(data);
  if (key instanceof Error) {
    const isEncrypted = /encrypted|passphrase/i.test(key.message);
    const hindrance = isEncrypted ? null : UNSUPPORTED;
    return { publicKey: publicHalf(data), privateKey: null, isEncrypted, hindrance };
  }
  const privateKey = key.isPrivateKey() ? key : null;
  return { publicKey: key.getPublicSSH(), privateKey, isEncrypted: false, hindrance: null };
}

/** As ssh(1), which asks this of nobody else's file: whose it is, is told nothing by our leaving it alone. */
const isOpenToOthers = ({ stats: { uid, mode } }: RegularFile) => uid === process.getuid?.() && (mode & OTHERS) !== 0;

/** The agent may hold a private key that is not taken from its file. */
function contentOf(file: RegularFile): Content {
  const content = parsed(file.data);
  const isPrivate = content.privateKey !== null || content.isEncrypted;
  if (!isPrivate || !isOpenToOthers(file)) return content;
  return { publicKey: content.publicKey, privateKey: null, isEncrypted: false, hindrance: OPEN_TO_OTHERS };
}

/** Null when there is neither the file nor its public half: ssh(1) goes on without it too. */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
  const [file, publicKey, beside] = await Promise.all([
    readIfThere(path),
    readPublicFile(`${path}.pub`),
    readPublicFile(`${path}-cert.pub`),
  ]);
  const certificate = beside && parseCertificate(beside) ? beside : null;
  const files = { path, certificate };
  if (file === null) {
    return publicKey && { ...files, publicKey, privateKey: null, isEncrypted: false, hindrance: null };
  }
  if (file instanceof Error) {
    return { ...files, publicKey, privateKey: null, isEncrypted: false, hindrance: UNREADABLE };
  }
  const content = contentOf(file);
  return { ...files, ...content, publicKey: content.publicKey ?? publicKey };
}
