import { format, resolveConfig } from 'prettier';
import { policyJsonSchema } from '../../apps/cli/src/policy/policy-json-schema.ts';

/** The generated file, for editors of whoever has no `servonaut policy init` at hand. */
export const POLICY_SCHEMA_FILE = new URL('../../docs/policy.schema.json', import.meta.url);

/** What the generated file should say now, formatted as the rest of the repository. */
export async function policySchemaSource(): Promise<string> {
  const options = await resolveConfig(POLICY_SCHEMA_FILE);
  return format(JSON.stringify(policyJsonSchema()), { ...options, parser: 'json' });
}
