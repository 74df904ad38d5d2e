import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { RateLimits } from '../../platform/limits/rate-limits.ts';
import { addressKey } from '../../platform/limits/address-key.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { OAUTH_PATHS } from './oauth/oauth-paths.ts';

const TOO_MANY = 429;

/** Where limits of an address see requests come from, at a coordinator that was started as in production. */
describe.each([
  ['no proxy', ''],
  ['a proxy on this machine', '127.0.0.1'],
])('the address of a request, with %s', (_, trusted) => {
  let coordinator: Coordinator;
  beforeAll(async () => {
    const settings = loadConfig({
      SERVONAUT_DATA_DIR: await temporaryFolder(),
      PORT: '0',
      LOG_LEVEL: 'silent',
      TRUST_PROXY: trusted,
      SERVONAUT_RATE_LIMITS: 'flow_address=2/3600,user_code_address=2/3600,user_code_all=3/3600',
    });
    coordinator = await startCoordinator(settings, () => undefined);
  }, 60_000);
  afterAll(() => coordinator.app.close());
  const forget = (address: string) => coordinator.app.get(RateLimits).forgive('flow_address', addressKey(address));
  beforeEach(() => forget('127.0.0.1'));

  /** The statuses of requests that say of themselves to come from there. */
  async function statuses(header: string, froms: readonly string[], method = 'GET'): Promise<number[]> {
    const answers: number[] = [];
    for (const from of froms) {
      const url = coordinator.config.publicUrl + OAUTH_PATHS.code_verification;
      answers.push((await fetch(url, { method, headers: { [header]: from } })).status);
    }
    return answers;
  }

  it.each([
    ['Forwarded', (address: string) => `for=${address}`],
    ['X-Real-IP', (address: string) => address],
    ['CF-Connecting-IP', (address: string) => address],
  ])('is nothing that %s says', async (header, said) => {
    const froms = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(said);
    expect(await statuses(header, froms)).toEqual([200, 200, TOO_MANY]);
  });

  const forwarded = (...froms: string[]) => statuses('X-Forwarded-For', froms);

  if (trusted === '') {
    it('is nothing that X-Forwarded-For says', async () => {
      expect(await forwarded('192.0.2.1', '192.0.2.2', '192.0.2.3')).toEqual([200, 200, TOO_MANY]);
    });
    return;
  }

  it('is what the proxy says', async () => {
    expect(await forwarded('192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.1')).toEqual([200, 200, 200, TOO_MANY]);
  });

  it('is not what a client has written before the proxy did', async () => {
    const said = ['192.0.2.10', '192.0.2.11', '127.0.0.1'].map((forged) => `${forged}, 192.0.2.20`);
    expect(await forwarded(...said)).toEqual([200, 200, TOO_MANY]);
  });

  it('is of IPv6 the network', async () => {
    const froms = ['2001:db8:1:1::1', '2001:db8:1:2::1', '2001:db8:1:ff:ffff::3', '2001:db8:1:100::1'];
    expect(await forwarded(...froms)).toEqual([200, 200, TOO_MANY, 200]);
  });

  it('is one of many that guess the codes of devices, all of which share a limit; what is refused to one is not counted for all', async () => {
    const froms = ['2001:db8:1::1', '2001:db8:1:1::1', '2001:db8:1:2::1', '2001:db8:2::1', '2001:db8:3::1'];
    const tried = await statuses('X-Forwarded-For', froms, 'POST');
    expect(tried.map((status) => status === TOO_MANY)).toEqual([false, false, true, false, true]);
  });
});
