import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { POLICY_SCHEMA_FILE, policySchemaSource } from './policy-schema-source.ts';

it('finds in docs the schema that a policy has now (else: npm run generate)', async () => {
  expect(await readFile(POLICY_SCHEMA_FILE, 'utf8')).toBe(await policySchemaSource());
});
