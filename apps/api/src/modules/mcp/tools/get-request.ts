import { requestIdSchema, type ToolManifest } from '@servonaut/contracts';
import { z } from 'zod';
import type { Principal } from '../../auth/index.ts';
import type { Entitlements } from '../../entitlements/index.ts';
import type { RequestView } from '../../relay/index.ts';

export const getRequestInput = z.strictObject({
  request_id: requestIdSchema.describe('The request_id of an earlier answer.'),
});

/**
 * The coordinator's own tool. It never reaches an executor, so it answers also when none is connected. The schema is written by hand since
 * the one of zod would bring a `pattern`, which manifests may not have.
 */
export const GET_REQUEST: ToolManifest = {
  name: 'get_request',
  title: 'Look up a request',
  description:
    'Tells how an earlier tool call stands or ended: its state, its outcome and, once there is one, its result. Use it when a call timed out, ' +
    'was interrupted or ended as "unknown", before you repeat anything that is not safe to repeat.',
  target: 'executor',
  effect: 'read-only',
  idempotent: true,
  input_schema: {
    type: 'object',
    properties: { request_id: { type: 'string', format: 'uuid', description: 'The request_id of an earlier answer.' } },
    required: ['request_id'],
    additionalProperties: false,
  },
};

/**
 * A user sees whatever was asked in the user's name. A credential sees what it asked itself and might still ask: what others of the same user
 * do is as unknown to it as what never was.
 */
export function maySee(
  principal: Principal,
  { principal: asker, tool, server }: RequestView,
  entitlements: Pick<Entitlements, 'decide'>,
): boolean {
  const isOwn = principal.kind === 'user' || (asker.kind === principal.kind && asker.id === principal.id);
  return isOwn && entitlements.decide(principal, { tool, server }).allowed;
}
