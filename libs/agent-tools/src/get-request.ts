import { requestIdSchema, type ToolManifest } from '@servonaut/contracts';
import { z } from 'zod';

export const getRequestInput = z.strictObject({
  request_id: requestIdSchema.describe('The request_id of an earlier answer.'),
});

/**
 * A tool of whoever takes the calls: it never reaches an executor, so it answers also when none is connected. The schema is written by hand since
 * the one of zod would bring a `pattern`, which manifests may not have.
 */
export const GET_REQUEST: ToolManifest = {
  name: 'get_request',
  title: 'Look up a request',
  description:
    'Tells how an earlier tool call stands or ended: its state (such as waiting for the approval of the operator), its outcome and, once there is one, its result. Use it when a call timed out, ' +
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
