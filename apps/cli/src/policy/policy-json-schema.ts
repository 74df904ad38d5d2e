import { z } from 'zod';
import { policySchema } from './policy-schema.ts';

/** JSON Schema (2020-12) of `policy.yaml`, for editors. What it cannot say (names twice, zones, patterns) `policy lint` says. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policySchema, { io: 'input' });
  return { $schema, title: 'policy.yaml of Servonaut', ...schema };
}
