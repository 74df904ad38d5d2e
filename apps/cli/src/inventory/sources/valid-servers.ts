import { faultText, foundServerSchema, inWords, nearestFaults, z, type FoundServer } from '@servonaut/plugin-sdk';

/** More than a coordinator takes of one executor many times over: a source that finds so many is asked for the wrong thing. */
const MOST_SERVERS = 20_000;

/** Most of those left out that are told of by name. */
const MOST_NAMED = 20;

const listSchema = z.array(z.unknown()).max(MOST_SERVERS);

/** As the operator knows it, be it what it may. */
function nameOf(server: unknown, index: number): string {
  const { name } = Object(server) as { name?: unknown };
  return typeof name === 'string' && name !== '' ? JSON.stringify(name.slice(0, 128)) : `number ${index + 1}`;
}

function firstFault(error: z.ZodError, whole: string): string {
  const [fault] = error.issues.flatMap(nearestFaults);
  return fault ? faultText(fault.path.join('.') || whole, fault.message) : whole;
}

/**
 * Those of what a source found that can be servers. One that cannot takes no other with it.
 * @param warn told of each that is left out, by name and with the reason
 * @throws Error when what was found is no list, or none of it can be a server: what was found before is better than that
 */
export function validServers(found: unknown, warn: (message: string) => void): readonly FoundServer[] {
  const servers: FoundServer[] = [];
  const leftOut: { readonly name: string; readonly why: string }[] = [];
  const list = listSchema.safeParse(found, inWords());
  if (!list.success) throw new Error(`it found what cannot be a server: ${firstFault(list.error, 'what it found')}`);
  for (const [index, server] of list.data.entries()) {
    const { data, error } = foundServerSchema.safeParse(server, inWords());
    if (error) leftOut.push({ name: nameOf(server, index), why: firstFault(error, 'it') });
    else if (data) servers.push(data);
  }
  const [first] = leftOut;
  if (first && servers.length === 0) throw new Error(`it found what cannot be a server: ${first.name}: ${first.why}`);
  for (const { name, why } of leftOut.slice(0, MOST_NAMED))
    warn(`${name} left out, since it cannot be a server: ${why}.`);
  if (leftOut.length > MOST_NAMED) warn(`${leftOut.length - MOST_NAMED} more left out, since they cannot be servers.`);
  return servers;
}
