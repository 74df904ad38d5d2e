import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe } from '@jest/globals';
import { startMercureHub, withReferenceHub } from '@servonaut/testkit';
import { MercureHub } from '../hub/mercure-hub.ts';

export interface HubSettings {
  readonly heartbeatMs?: number;
  readonly streamMaxMs?: number;
  /** 0 for no history at all. */
  readonly historySize?: number;
  readonly anonymous?: boolean;
  readonly keys?: HubKeys;
  readonly port?: number;
}

export interface HubKeys {
  readonly publisherKey: string;
  readonly subscriberKey: string;
}

export interface HubUnderTest extends HubKeys {
  readonly url: string;
  stop(): Promise<void>;
}

export interface HubKind {
  readonly name: string;
  start(settings?: HubSettings): Promise<HubUnderTest>;
}

const embedded: HubKind = { name: 'embedded hub', start: startEmbeddedHub };
const reference: HubKind = {
  name: 'reference hub',
  start: ({ historySize = 1_000, keys, ...settings } = {}) =>
    startMercureHub({ ...settings, ...keys, ...(historySize > 0 ? { size: historySize } : { transport: 'local' }) }),
};

/** The same tests of each hub; those of the reference hub are skipped where it cannot be built. `$name` in the title is the hub's. */
export function describeEachHub(title: string, tests: (hub: HubKind) => void): void {
  describe.each([embedded])(title, (hub) => {
    tests(hub);
  });
  withReferenceHub(describe).each([reference])(title, (hub) => {
    tests(hub);
  });
}

export const TEST_KEYS: HubKeys = {
  publisherKey: 'publisher-secret-publisher-secret-0123456789',
  subscriberKey: 'subscriber-secret-subscriber-secret-0123456789',
};

export async function startEmbeddedHub({
  keys = TEST_KEYS,
  port = 0,
  ...settings
}: HubSettings = {}): Promise<HubUnderTest> {
  const hub = new MercureHub({
    publisherKey: Buffer.from(keys.publisherKey),
    subscriberKey: Buffer.from(keys.subscriberKey),
    ...settings,
  });
  const server = createServer((request, response) => void hub.handle(request, response));
  const url = await listen(server, port);
  const stop = async (): Promise<void> => {
    hub.close();
    await closed(server);
  };
  return { url, ...keys, stop };
}

export async function listen(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/mercure`;
}

export async function closed(server: Server): Promise<void> {
  const end = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await end;
}
