import { posix } from 'node:path';
import { ServonautError, type ToolContext } from '@servonaut/plugin-sdk';

/**
 * A name in the transfer folder. None of its parts begins with a dot, so that it neither leaves the folder nor is what programs read unasked, such
 * as `.bashrc`, should the operator have chosen their home.
 */
const NAME = /^(?:[^./\\\p{Cc}][^/\\\p{Cc}]{0,199}\/){0,8}[^./\\\p{Cc}][^/\\\p{Cc}]{0,199}$/u;

export interface LocalRequest {
  readonly direction: 'download' | 'upload';
  readonly remote: string;
  readonly local?: string | undefined;
}

/**
 * Where in the transfer folder a file lies. What comes from a server lies in a folder of the server's name, and is read by those alone who may use that
 * server: agents of one operator share the folder, and one that is kept from a server must not get at its files through it. What lies in no folder was
 * put there by the operator, for all of them.
 * @throws ServonautError `invalid_request`
 */
export function localName(
  { direction, remote, local }: LocalRequest,
  { server, servers }: Pick<ToolContext, 'server' | 'servers'>,
): string {
  const name = local ?? `${server.name}/${posix.basename(remote)}`;
  if (!NAME.test(name))
    refuse(
      `"${name}" is no name in the transfer folder.`,
      'Give local as a relative path: no part of it empty or beginning with a dot.',
    );
  const [folder] = name.includes('/') ? name.split('/') : [];
  if (direction === 'download' && folder !== server.name)
    refuse(
      `What comes from ${server.name} lies in the folder ${server.name} of the transfer folder.`,
      `Leave local out, or begin it with ${server.name}/.`,
    );
  if (folder !== undefined && !servers.some((one) => one.name === folder))
    refuse(
      `${folder} is none of your servers.`,
      'Give the name of a file of the operator’s that lies in no folder, or one that was downloaded, as SERVER/NAME.',
    );
  return name;
}

function refuse(message: string, nextStep: string): never {
  throw new ServonautError('invalid_request', { message, nextStep });
}
