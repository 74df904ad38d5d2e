import { ServonautError } from '@servonaut/contracts';
import type { RequestView } from '../../relay/index.ts';
import type { CallThrough, OthersServer } from './call-through.ts';

type Address = Pick<OthersServer, 'owner' | 'name'>;

/** How the caller names a server of somebody else. */
export function addressText({ owner, name }: Address): string {
  return `${owner}/${name}`;
}

/** One and the same for a user who does not exist, who has given the caller nothing, and who has given them other servers. */
export function noSuchServer(address: Address): ServonautError {
  const server = addressText(address).slice(0, LONGEST_SHOWN);
  return new ServonautError('unknown_server', {
    message: `There is no server "${server}" that you may use.`,
    nextStep: 'Call list_delegated_servers for those that others let you use, and list_servers for your own.',
    facts: { server },
  });
}

/** The longest server and the longest user that there can be. */
const LONGEST_SHOWN = 383;

/** When and by which profile they were last seen is their user's to know. */
export function grantorOffline(owner: string): ServonautError {
  return new ServonautError('executor_offline', {
    message: `No executor of ${owner} is connected, whose server this is.`,
    nextStep: `Ask ${owner} to start theirs.`,
    facts: { user: owner },
  });
}

/** What the relay says to a grantor, as the caller is to hear it. */
export function asCallerHears(error: unknown, { server: { owner, name } }: CallThrough): unknown {
  if (!(error instanceof ServonautError)) return error;
  if (error.code === 'executor_offline') return grantorOffline(owner);
  if (error.code !== 'unknown_server') return error;
  const { near, servers, ...facts } = error.facts;
  const theirs = (names: unknown) =>
    Array.isArray(names) ? names.map((one) => addressText({ owner, name: one })) : [];
  return new ServonautError('unknown_server', {
    message: `No connected executor of ${owner} has a server named "${name}".`,
    nextStep: error.nextStep,
    facts: { ...facts, server: addressText({ owner, name }), near: theirs(near), servers: theirs(servers) },
  });
}

/** A request as its caller has asked for it. */
export function asCallerSees(view: RequestView): RequestView {
  const { delegation, server } = view;
  if (!delegation || server === null) return view;
  return { ...view, server: addressText({ owner: delegation.ownerName, name: server }) };
}
