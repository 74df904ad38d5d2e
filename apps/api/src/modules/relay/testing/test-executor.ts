import {
  commandRequestSchema,
  payloadSchema,
  type CommandRequest,
  type Payload,
  type PublicJwk,
} from '@servonaut/contracts';
import { subscribe, type Subscription } from '@servonaut/mercure';
import { anExecutorToRegister, waitFor } from '@servonaut/testkit';
import { compactDecrypt, compactVerify, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { HUB_PROTOCOL, HubTokens } from '../strategies/hub-tokens.ts';
import type { HubFacts } from '../strategies/relay-strategy.ts';

/** The hub, and the token for it: made here when its key is known, otherwise asked for. */
type ListenAt = Omit<HubFacts, 'subscriberKey'> & ({ subscriberKey: Uint8Array } | { token: () => Promise<string> });

interface ExecutorKeys {
  readonly privateKey: CryptoKey;
  readonly publicKey: PublicJwk;
}

function subscriberToken(userId: string, key: Uint8Array): string {
  return new HubTokens(600).subscriber({ userId, credentialId: 'cred-e1', expiresAt: null }, key).token;
}

/** Hears what the hub has for a user, and reads it as an executor does: the seal first, the payload with its own key. */
export class TestExecutor {
  readonly requests: CommandRequest[] = [];
  readonly #subscription: Subscription;
  readonly #keys: ExecutorKeys;

  private constructor(keys: ExecutorKeys, hub: ListenAt, userId: string, onOpen: () => void) {
    this.#keys = keys;
    this.#subscription = subscribe({
      hubUrl: hub.hubUrl,
      topics: [`/cli/${userId}/commands`],
      token: 'token' in hub ? hub.token : async () => subscriberToken(userId, hub.subscriberKey),
      hubProtocol: HUB_PROTOCOL,
      onUpdate: ({ data }) => this.requests.push(commandRequestSchema.parse(JSON.parse(data))),
      onOpen,
    });
  }

  static async listen(hub: ListenAt, userId = '42'): Promise<TestExecutor> {
    const pair = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true });
    const publicKey = (await exportJWK(pair.publicKey)) as PublicJwk;
    return new Promise((resolve) => {
      const executor: TestExecutor = new TestExecutor({ ...pair, publicKey }, hub, userId, () => resolve(executor));
    });
  }

  /** What it posts to register. */
  get registration() {
    return anExecutorToRegister({ public_key: this.#keys.publicKey });
  }

  /** The next request that it hears. */
  async next(): Promise<CommandRequest> {
    await waitFor(() => this.requests.length > 0, { what: 'a request at the executor', everyMs: 1 });
    return this.requests.shift() as CommandRequest;
  }

  /** What the seal says, with the payload in the clear. */
  async unseal({ seal = '' }: CommandRequest, sealKey: PublicJwk): Promise<CommandRequest & { payload: Payload }> {
    const { payload: bytes } = await compactVerify(seal, await importJWK(sealKey as JWK, 'EdDSA'));
    const request = commandRequestSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
    const { plaintext } = await compactDecrypt(String(request.payload), this.#keys.privateKey);
    return { ...request, payload: payloadSchema.parse(JSON.parse(Buffer.from(plaintext).toString())) };
  }

  close(): void {
    this.#subscription.close();
  }
}
