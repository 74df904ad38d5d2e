import {
  faultText,
  inWords,
  nearestFaults,
  placeSchema,
  ServonautError,
  z,
  type FoundServer,
} from '@servonaut/plugin-sdk';
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

function serverOf({ identity_file: files, ...server }: z.output<typeof serverSchema>): FoundServer {
  return { ...server, ...(files !== undefined && { identityFile: files }) };
}

/** Most of those left out that are told of by name. */
const MOST_NAMED = 20;

function nameOf(item: unknown): string {
  const { name } = Object(item) as { name?: unknown };
  return typeof name === 'string' && name !== '' ? JSON.stringify(name.slice(0, 128)) : 'A server without a name';
}

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
  return new ServonautError('config_invalid', {
    message: `${path}${at}: ${where.length > 0 ? faultText(where.join('.'), what) : what}`,
  });
}

/**
 * The servers of a file. One that is not valid takes no other with it.
 * @param warn told of each that is left out, with the place in the file and what is wrong there
 * @throws ServonautError `config_invalid` with the same, when no server is valid or the file as a whole is not
 */
export function parseServerList(text: string, path: string, warn: (message: string) => void): FoundServer[] {
  const file = parseFile(text, path);
  const list = listSchema.safeParse(file.content ?? undefined);
  if (!list.success) throw invalid(path, file, [], list.error.issues[0]?.message ?? 'not valid');
  const prefix = Array.isArray(file.content) ? [] : ['servers'];
  const servers: FoundServer[] = [];
  const faults: { readonly name: string; readonly error: ServonautError }[] = [];
  for (const [index, item] of list.data.entries()) {
    const { data, error } = serverSchema.safeParse(item, inWords());
    const issue = error?.issues.flatMap(nearestFaults)[0];
    if (issue)
      faults.push({ name: nameOf(item), error: invalid(path, file, [...prefix, index, ...issue.path], issue.message) });
    else if (data) servers.push(serverOf(data));
  }
  if (faults[0] && servers.length === 0) throw faults[0].error;
  for (const { name, error } of faults.slice(0, MOST_NAMED)) warn(`${name} left out: ${error.message}.`);
  if (faults.length > MOST_NAMED) warn(`${faults.length - MOST_NAMED} more left out, since they are not valid.`);
  return servers;
}
