import { writeFile } from 'node:fs/promises';
import { POLICY_SCHEMA_FILE, policySchemaSource } from './policy-schema-source.ts';

await writeFile(POLICY_SCHEMA_FILE, await policySchemaSource());
