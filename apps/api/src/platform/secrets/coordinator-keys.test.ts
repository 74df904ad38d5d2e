import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { publicJwkSchema } from '@servonaut/contracts';
import { temporaryFolder } from '@servonaut/testkit';
import { calculateJwkThumbprint } from 'jose';
import { deriveKeys } from './coordinator-keys.ts';
import { masterSecret } from './master-secret.ts';

describe('keys of the coordinator', () => {
  it('are the same for the same secret, in every process and after every restart', async () => {
    const secret = Buffer.alloc(32, 7);
    const { sealPublicJwk, hubPublisherKey, hubSubscriberKey, executorIdKey } = await deriveKeys(secret);
    expect(sealPublicJwk).toEqual((await deriveKeys(secret)).sealPublicJwk);
    // Known answers: another derivation would lock out every executor that has pinned a key.
    expect(sealPublicJwk.x).toBe('cBx4bfOsTsLZpwXt4-QK5OPZetM8MCfNEusVGnm6I6s');
    expect(Buffer.from(hubPublisherKey).toString('hex')).toBe(
      '9939a8986a5a87ce4c88e29bc19a9112e6abc2392ef37c5e77cb91e57c5d6e89',
    );
    expect(Buffer.from(hubSubscriberKey).toString('hex')).toBe(
      'd431404dc9c6ff0a7b886a6fb25e30403ba319a097ac7c754706b92dfa0b5d36',
    );
    expect(Buffer.from(executorIdKey).toString('hex')).toBe(
      '8079d673a6887023315f6208cecb9424bab8ff97b0fee821fd6656dcafe05cd9',
    );
  });

  it.each([
    ['oauth/record-id', '3485ace6828710f9eac77821c6dfbae6b11a36e4a0c642e8560ce33d6658076c'],
    ['oauth/record-seal', '7d69b944681e49af9de3821dac56cc878f3a94fefc27beafdaeaf88d94bc6b52'],
    ['oauth/keys', 'd09538ee334aca8242ab7b3fcc15cc092e19dbda7a85fd20f3113a5d7bd97a82'],
    ['oauth/cookies', 'eaa68d5b8f8e1b23c3cb26adb3e47729eafbf70bcab5b4d7c9de3e20cc3cb551'],
    ['people/csrf', '99c1d95fd692a5adcac0613299ba374b630c00f666514cab3770773a4359d5f1'],
    ['people/totp', '1ce6d4047c175feddbd5cd24edf5de2e8489d8ac2aaa3d412f9a3e589ba84cd1'],
    ['people/attempt', '1a98f4d6d83e9c7890af173099069820b1bec79687cc44ea97297fd7c95128be'],
    ['people/upstream', '336d3b7eae63139f20630d6d20fd45fb5b0f589e6d8cc69f5a0399ffa8e8650e'],
    ['people/browser', '656c6f243597249c0113deaf0e02eec7498b4d2000a1c68c229acea333934b78'],
    ['audit/head', '948bdf0b5aacc6fe9f40a5a343587e64da1e9cdb2c548b18caa2dd96947126b8'],
    ['audit/arguments', '26eeb0d20f659906eb7be50753c37c99f45a3dd9b19afae0b9134aed73b0890d'],
    ['audit/journal', 'dc10f547f851183621c8c59f00473386d93272ce343b9bc215e9a26490b98d0a'],
  ] as const)('are for %s what they have always been', async (purpose, known) => {
    const { derive } = await deriveKeys(Buffer.alloc(32, 7));
    expect(Buffer.from(derive(purpose)).toString('hex')).toBe(known);
  });

  it('differ from secret to secret and from purpose to purpose', async () => {
    const [one, other] = await Promise.all([deriveKeys(randomBytes(32)), deriveKeys(randomBytes(32))]);
    expect(one.sealPublicJwk.x).not.toBe(other.sealPublicJwk.x);
    expect(one.hubPublisherKey).not.toEqual(one.hubSubscriberKey);
  });

  it('sign what the public key verifies, and do not come out of the process', async () => {
    const { signSeal, sealPublicJwk } = await deriveKeys(randomBytes(32));
    const message = Buffer.from('hello');
    const publicKey = createPublicKey({ key: { ...sealPublicJwk }, format: 'jwk' });
    expect(verify(null, message, publicKey, signSeal(message))).toBe(true);
    expect(Reflect.ownKeys(signSeal)).toEqual(['length', 'name']);
  });

  it('are shown as the wire wants it, under the thumbprint of RFC 7638', async () => {
    const { sealPublicJwk } = await deriveKeys(randomBytes(32));
    expect(publicJwkSchema.parse(sealPublicJwk)).toEqual(sealPublicJwk);
    expect(sealPublicJwk.kid).toBe(await calculateJwkThumbprint(sealPublicJwk));
  });
});

describe('master secret', () => {
  it('is the given one', async () => {
    const secret = randomBytes(32);
    const dataDir = '/does/not/exist';
    expect(await masterSecret({ secret: secret.toString('base64url'), dataDir })).toEqual(secret);
  });

  it('is otherwise made once, for its owner alone, also by several processes at once', async () => {
    const dataDir = path.join(await temporaryFolder(), 'data');
    const made = await Promise.all([1, 2, 3].map(() => masterSecret({ secret: null, dataDir })));
    expect(new Set(made.map(String)).size).toBe(1);
    expect(made[0]).toHaveLength(32);
    expect((await stat(path.join(dataDir, 'secret.key'))).mode & 0o777).toBe(0o600);
  });

  it('is not replaced when the file is damaged', async () => {
    const dataDir = await temporaryFolder();
    await writeFile(path.join(dataDir, 'secret.key'), 'half');
    await expect(masterSecret({ secret: null, dataDir })).rejects.toMatchObject({ code: 'config_invalid' });
    expect(await readFile(path.join(dataDir, 'secret.key'), 'utf8')).toBe('half');
  });
});
