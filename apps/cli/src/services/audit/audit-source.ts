import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { auditHeadsSchema, ServonautError } from '@servonaut/contracts';
import type { RestClient } from '../rest/rest-client.ts';

export interface AuditSource {
  readonly chunks: Readable;
  /** By which heads are believed. */
  readonly keys: readonly string[];
}

/** What the coordinator exports now: all chains, or one. @param keys those to believe; none: whatever the coordinator says that its keys are */
export async function exportedAudit(
  rest: RestClient,
  chain: string | undefined,
  keys: readonly string[],
): Promise<AuditSource> {
  const believed = keys.length > 0 ? keys : await coordinatorKeys(rest);
  return { chunks: await rest.open('/api/admin/audit/export', { chain }), keys: believed };
}

/** @param file a path, or `-` for stdin. @throws ServonautError `config_invalid` when it cannot be read */
export async function filedAudit(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const stream = createReadStream(file);
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', (cause) =>
      reject(new ServonautError('config_invalid', { message: `${file} cannot be read: ${cause.message}`, cause })),
    );
  });
  return stream;
}

export async function coordinatorKeys(rest: RestClient): Promise<readonly string[]> {
  const { keys } = await rest.read('/api/admin/audit/heads', auditHeadsSchema, { limit: 1 });
  return keys.map(({ x }) => x);
}
