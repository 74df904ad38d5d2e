import type { SftpStats } from '@servonaut/plugin-sdk/sftp';
import type { SshReader } from '../ssh-wire.ts';

/** Version 3 of the protocol (draft-ietf-secsh-filexfer-02), the one that all servers speak. */
export const SFTP_VERSION = 3;

/** Types of packets (section 3). */
export const PACKET_TYPE = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  linkStat: 7,
  fileStat: 8,
  setStat: 9,
  setFileStat: 10,
  openFolder: 11,
  readFolder: 12,
  remove: 13,
  makeFolder: 14,
  removeFolder: 15,
  realPath: 16,
  stat: 17,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 200,
} as const;

/** Section 7. */
export const STATUS = { ok: 0, end: 1, notFound: 2, denied: 3, unsupported: 8 } as const;

/** Flags of OPEN (section 6.3). */
export const OPEN_FLAGS = { read: 0x01, write: 0x02 | 0x08, create: 0x02 | 0x08 | 0x20 } as const;

/** What attributes hold (section 5). */
const HOLDS = { size: 0x1, owner: 0x2, permissions: 0x4, times: 0x8, extended: 0x80000000 } as const;

const KINDS: Readonly<Record<number, SftpStats['kind']>> = { 0o100000: 'file', 0o040000: 'folder', 0o120000: 'link' };

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export const noAttributes = uint32(0);
export const permissions = (mode: number): Buffer => Buffer.concat([uint32(HOLDS.permissions), uint32(mode)]);
export const sized = (size: number): Buffer => Buffer.concat([uint32(HOLDS.size), uint64(size)]);

/** What a server leaves out is 0. @throws RangeError for attributes that are cut short */
export function readAttributes(reader: SshReader): SftpStats {
  const holds = reader.uint32();
  const has = (part: keyof typeof HOLDS): boolean => (holds & HOLDS[part]) !== 0;
  const size = has('size') ? Number(reader.uint64()) : 0;
  const [uid, gid] = has('owner') ? [reader.uint32(), reader.uint32()] : [0, 0];
  const mode = has('permissions') ? reader.uint32() : 0;
  const [, modified] = has('times') ? [reader.uint32(), reader.uint32()] : [0, 0];
  const extensions = has('extended') ? reader.uint32() : 0;
  for (let fields = 2 * extensions; fields > 0; fields--) reader.string();
  const kind = KINDS[mode & 0o170000] ?? 'other';
  return { kind, size, mode: mode & 0o7777, uid, gid, modifiedAt: new Date(modified * 1_000) };
}
