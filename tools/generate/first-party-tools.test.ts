import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { FIRST_PARTY_FILE, firstPartySource } from './first-party-source.ts';

it('finds in libs/contracts the manifests that the plugins have now (else: npm run generate)', async () => {
  expect(await readFile(FIRST_PARTY_FILE, 'utf8')).toBe(await firstPartySource());
});
