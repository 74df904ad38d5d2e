import { placeSchema, ServonautError, z, type FoundServer } from '@servonaut/plugin-sdk';
import { parseFile, type ParsedFile } from './parse-file.ts';

const { host, port, user, identityFile, jump } = placeSchema.shape;

/** As `servers` of servers.yaml, and `jump`. */
const serverSchema = z.strictObject({
  name: z.string().min(1).max(1_024),
  host,
  port,
  user,
  identity_file: identityFile,
  jump,
  labels: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
});

/** The whole file, or all that its `servers` holds. */
const listSchema = z
  .union(
    [z.array(z.unknown()), z.strictObject({ servers: z.array(z.unknown()) }).transform(({ servers }) => servers)],
    {
      error: 'expected a list of servers, or one as "servers"',
    },
  )
  .default([]);

function invalid(path: string, { lineOf }: ParsedFile, where: readonly PropertyKey[], what: string): ServonautError {
  const line = lineOf(where);
  const at = line === undefined ? '' : `, line ${line}`;
  return new ServonautError('config_invalid', { message: `${path}${at}: ${[...where, what].join(': ')}` });
}

/** @throws ServonautError `config_invalid` naming the file, the place in it and what is wrong there */
export function parseServerList(text: string, path: string): FoundServer[] {
  const file = parseFile(text, path);
  const list = listSchema.safeParse(file.content ?? undefined);
  if (!list.success) throw invalid(path, file, [], list.error.issues[0]?.message ?? 'not valid');
  const prefix = Array.isArray(file.content) ? [] : ['servers'];
  return list.data.map((item, index) => {
    const parsed = serverSchema.safeParse(item);
    const issue = parsed.error?.issues[0];
    if (issue) throw invalid(path, file, [...prefix, index, ...issue.path], issue.message);
    const { identity_file: files, ...server } = parsed.data as z.output<typeof serverSchema>;
    return { ...server, ...(files !== undefined && { identityFile: files }) };
  });
}
