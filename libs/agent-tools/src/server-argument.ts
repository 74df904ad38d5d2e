import { ServonautError, type ToolManifest } from '@servonaut/contracts';

/**
 * A call as its executor takes it: the server apart.
 * @param isElsewhere the server is somebody else's, so that there has to be one
 * @throws ServonautError `invalid_request` when a tool that acts on a server is called without one, or one that does not is sent to somebody's.
 */
export function splitServer(
  { name, target }: Pick<ToolManifest, 'name' | 'target'>,
  args: Readonly<Record<string, unknown>>,
  isElsewhere = false,
): { server: string | null; payload: Record<string, unknown> } {
  const { server, ...payload } = args;
  if (target === 'executor' && !isElsewhere) return { server: null, payload: { ...args } };
  if (target === 'server' && typeof server === 'string' && server !== '') return { server, payload };
  throw new ServonautError('invalid_request', {
    message: `The arguments of ${name} are not valid. server: expected ${target === 'server' ? 'the name of a server' : 'none'}.`,
    nextStep: 'Call list_servers for the names.',
  });
}
