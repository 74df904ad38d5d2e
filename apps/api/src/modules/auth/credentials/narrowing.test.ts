import { describe, expect, it } from '@jest/globals';
import { fitsServerSelector, type CommandTemplate, type EntitlementRules } from '@servonaut/contracts';
import fc from 'fast-check';
import { limitsOf, type CredentialLimits } from './credential-facts.ts';
import { allowedNetworks, checkAddress } from './credential-address.ts';
import { widerLimits } from './narrowing.ts';
import { storedNetworks } from './network.ts';

const restart = { name: 'restart', template: 'systemctl restart {unit}', parameters: { unit: { pattern: '[a-z]+' } } };
const reboot = { name: 'reboot', template: 'reboot', parameters: {} };
const at = (day: number) => new Date(Date.UTC(2030, 0, day));

const MAKER: CredentialLimits = {
  tools: ['get_logs', 'run_command'],
  servers: ['web-*', 'label:role=db'],
  rules: {
    '*': { timeout_seconds: 60, output_bytes: 2_048 },
    run_command: { allowed: false },
    get_logs: { servers: ['web-*'] },
  },
  commands: [restart, reboot],
  addresses: ['192.0.2.0/24', '2001:db8::/32'],
  expiresAt: at(10),
};

describe('the limits of a credential that another one makes', () => {
  it('are not wider when they are the same', () => {
    expect(widerLimits(MAKER, MAKER)).toEqual([]);
  });

  it('may be any where the maker has none', () => {
    expect(widerLimits(limitsOf({}), limitsOf({}))).toEqual([]);
    expect(widerLimits(MAKER, limitsOf({}))).toEqual([]);
  });

  it('are each wider when they are none and the maker has some', () => {
    expect(widerLimits(limitsOf({}), MAKER)).toEqual(Object.keys(MAKER));
  });

  it.each<Partial<CredentialLimits>>([
    { tools: [] },
    { tools: ['get_logs'] },
    { servers: [] },
    { servers: ['web-1', 'label:role=db'] },
    { rules: { ...MAKER.rules, '*': { timeout_seconds: 1, output_bytes: 1_024, per_day: 5 } } },
    { rules: { ...MAKER.rules, get_logs: { servers: ['web-7'], allowed: false }, check_status: {} } },
    { commands: [{ parameters: { unit: { pattern: '[a-z]+' } }, template: restart.template, name: 'restart' }] },
    { addresses: ['192.0.2.128/25', '2001:db8:1::1/128'] },
    { expiresAt: at(9) },
  ])('are not wider with %j', (change) => {
    expect(widerLimits({ ...MAKER, ...change }, MAKER)).toEqual([]);
  });

  it('are wider in tools than those of a maker who has approved commands alone', () => {
    const maker = limitsOf({ commands: [restart] });
    expect(widerLimits(maker, maker)).toEqual([]);
    expect(widerLimits({ ...maker, tools: ['get_logs'] }, maker)).toEqual(['tools']);
  });

  it.each<[keyof CredentialLimits, Partial<CredentialLimits>]>([
    ['tools', { tools: ['get_logs', 'check_status'] }],
    ['servers', { servers: ['*'] }],
    ['servers', { servers: ['web-1*'] }],
    ['servers', { servers: ['db-1'] }],
    ['servers', { servers: ['alice/web-1'] }],
    ['rules', { rules: {} }],
    ['rules', { rules: { ...MAKER.rules, '*': { timeout_seconds: 61, output_bytes: 2_048 } } }],
    ['rules', { rules: { ...MAKER.rules, '*': { timeout_seconds: 60 } } }],
    ['rules', { rules: { ...MAKER.rules, run_command: { allowed: true } } }],
    ['rules', { rules: { ...MAKER.rules, run_command: {} } }],
    ['rules', { rules: { ...MAKER.rules, get_logs: { servers: ['*'] } } }],
    ['rules', { rules: { ...MAKER.rules, get_logs: { per_day: 0 } } }],
    ['commands', { commands: [{ ...restart, template: 'systemctl stop {unit}' }] }],
    ['commands', { commands: [{ ...restart, parameters: { unit: { pattern: '.*' } } }] }],
    ['addresses', { addresses: ['192.0.0.0/16'] }],
    ['addresses', { addresses: ['192.0.2.1/32', '198.51.100.1/32'] }],
    ['addresses', { addresses: ['::/0'] }],
    ['expiresAt', { expiresAt: at(11) }],
  ])('are wider in %s with %j', (limit, change) => {
    expect(widerLimits({ ...MAKER, ...change }, MAKER)).toEqual([limit]);
  });

  it.each(['per_minute', 'per_day', 'concurrent'])(
    'are wider when the calls of the maker are counted by %s, since theirs would not be counted with them',
    (count) => {
      const rules = { '*': { [count]: 5 } };
      expect(widerLimits(limitsOf({ rules }), limitsOf({ rules }))).toEqual(['rules']);
    },
  );

  it.each(['__proto__', 'constructor'])('are wider when the rule of the maker for %s is missing', (tool) => {
    const rules = JSON.parse(`{"${tool}":{"allowed":false}}`) as EntitlementRules;
    expect(widerLimits(limitsOf({ rules: {} }), limitsOf({ rules }))).toEqual(['rules']);
    expect(widerLimits(limitsOf({ rules }), limitsOf({ rules }))).toEqual([]);
  });

  it('allow nothing that those of the maker do not, unless they are called wider', () => {
    const name = fc.stringMatching(/^[ab]{1,2}$/);
    const selector = fc.oneof(
      fc.stringMatching(/^[ab*]{1,3}$/),
      fc.constantFrom('label:k=a', 'label:k=*', 'x/a*', 'x/aa'),
    );
    const network = fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '10.1.1.1', '::/0', '2001:db8::1');
    const list = <Value>(value: fc.Arbitrary<Value>) => fc.option(fc.array(value, { maxLength: 3 }), { nil: null });
    const rule = fc.record(
      {
        allowed: fc.boolean(),
        servers: fc.array(selector, { maxLength: 2 }),
        timeout_seconds: fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: [] },
    );
    const limits = fc.record<CredentialLimits>({
      tools: list(name),
      servers: list(selector),
      rules: fc.option(fc.dictionary(fc.constantFrom('*', 'a', 'b'), rule), { nil: null }),
      commands: fc.option(fc.subarray<CommandTemplate>([restart, reboot]), { nil: null }),
      addresses: list(network).map((texts) => texts && storedNetworks(texts)),
      expiresAt: fc.option(fc.integer({ min: 1, max: 3 }).map(at), { nil: null }),
    });
    const call = fc.record({
      tool: name,
      server: fc.record({
        owner: fc.constantFrom(null, 'x'),
        name,
        labels: fc.constantFrom<Record<string, string>>({}, { k: 'a' }, { k: 'b' }),
      }),
      timeout: fc.integer({ min: 1, max: 3 }),
      command: fc.constantFrom(restart, reboot, undefined),
      from: fc.constantFrom('10.1.1.1', '10.1.2.3', '10.2.0.1', '2001:db8::1', '2001:db8::2'),
      day: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(limits, limits, call, (given, maker, asked) => {
        if (widerLimits(given, maker).length > 0 || !allows(given, asked)) return;
        expect(allows(maker, asked)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });
});

interface Asked {
  readonly tool: string;
  readonly server: Parameters<typeof fitsServerSelector>[1];
  readonly timeout: number;
  readonly command: CommandTemplate | undefined;
  readonly from: string;
  readonly day: number;
}

/** What the limits mean, by their definition and by nothing of ours that tells which are narrower. */
function allows(limits: CredentialLimits, { tool, server, timeout, command, from, day }: Asked): boolean {
  const { tools, servers, rules, commands, addresses, expiresAt } = limits;
  const fits = (selectors: readonly string[]) => selectors.some((selector) => fitsServerSelector(selector, server));
  const applied = Object.entries(rules ?? {}).filter(([name]) => name === '*' || name === tool);
  const isRefused = applied.some(
    ([, rule]) =>
      rule.allowed === false ||
      (rule.servers !== undefined && !fits(rule.servers)) ||
      timeout > (rule.timeout_seconds ?? Infinity),
  );
  if (isRefused || (tools !== null && !tools.includes(tool)) || (servers !== null && !fits(servers))) return false;
  if (commands !== null && (!command || !commands.includes(command))) return false;
  if (expiresAt !== null && expiresAt <= at(day)) return false;
  try {
    checkAddress(allowedNetworks(addresses), from);
    return true;
  } catch {
    return false;
  }
}
