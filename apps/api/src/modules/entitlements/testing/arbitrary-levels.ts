import type { EntitlementRule, EntitlementRules } from '@servonaut/contracts';
import fc from 'fast-check';
import type { EntitlementLevel } from '../../auth/index.ts';
import type { Wanted } from '../decide.ts';

const TOOLS = ['*', 'run_command', 'get_logs'] as const;
const SELECTORS = ['*', 'web-*', 'web-1', 'db-1', 'label:role=web', 'label:role=*', 'alice/*', 'alice/web-1'] as const;
const KINDS = ['plan', 'override', 'credential', 'delegation'] as const;
const NUMBERS = ['per_minute', 'per_day', 'concurrent', 'timeout_seconds', 'output_bytes'] as const;

const selectors = fc.array(fc.constantFrom(...SELECTORS), { minLength: 1, maxLength: 6 });

const ruleArbitrary: fc.Arbitrary<EntitlementRule> = fc.record(
  {
    allowed: fc.constant(true),
    servers: selectors,
    per_minute: fc.integer({ min: 1, max: 9 }),
    per_day: fc.integer({ min: 1, max: 9 }),
    concurrent: fc.integer({ min: 1, max: 9 }),
    timeout_seconds: fc.integer({ min: 1, max: 90 }),
    output_bytes: fc.integer({ min: 1_024, max: 9_999 }),
  },
  { requiredKeys: [] },
);

const rulesArbitrary: fc.Arbitrary<EntitlementRules> = fc.dictionary(fc.constantFrom(...TOOLS), ruleArbitrary, {
  maxKeys: 3,
});

const levelArbitrary = (at: number): fc.Arbitrary<EntitlementLevel> =>
  fc.record({
    kind: fc.constantFrom(...KINDS),
    id: fc.constant(`id-${at}`),
    label: fc.constant(`level-${at}`),
    rules: rulesArbitrary,
  });

/** Levels that leave something to narrow. */
export const levelsArbitrary: fc.Arbitrary<EntitlementLevel[]> = fc
  .nat(3)
  .chain((length) => fc.tuple(...Array.from({ length }, (_, at) => levelArbitrary(at))));

export const wantedArbitrary: fc.Arbitrary<Wanted> = fc.record({
  tool: fc.constantFrom('run_command', 'get_logs', 'constructor'),
  server: fc.option(
    fc.record({
      owner: fc.constantFrom(null, 'alice'),
      name: fc.constantFrom('web-1', 'db-1'),
      labels: fc.array(fc.constantFrom({ role: 'web' }, { role: 'db' }), { maxLength: 2 }),
    }),
    { nil: null },
  ),
  timeoutSeconds: fc.option(fc.integer({ min: 1, max: 60 }), { nil: null }),
});

/** The same levels with one thing more that limits: another level, another rule, or a rule that allows less. */
export function narrowed(levels: readonly EntitlementLevel[]): fc.Arbitrary<EntitlementLevel[]> {
  const another = levelArbitrary(levels.length).map((level) => [...levels, level]);
  if (levels.length === 0) return another;
  const less = fc
    .tuple(fc.nat(levels.length - 1), fc.constantFrom(...TOOLS), ruleArbitrary, fc.nat(5), fc.nat(9))
    .map(([at, tool, added, kept, off]) =>
      levels.map((level, index) => (index === at ? withLess(level, tool, { added, kept, off }) : level)),
    );
  return fc.oneof(another, less);
}

function withLess(
  level: EntitlementLevel,
  tool: string,
  by: { added: EntitlementRule; kept: number; off: number },
): EntitlementLevel {
  const rule = level.rules[tool];
  return { ...level, rules: { ...level.rules, [tool]: rule ? lesser(rule, by) : by.added } };
}

/** What was limited is limited more, and what was not may be. */
function lesser(
  rule: EntitlementRule,
  { added, kept, off }: { added: EntitlementRule; kept: number; off: number },
): EntitlementRule {
  const numbers = NUMBERS.flatMap((name) => {
    const limit = rule[name];
    return limit === undefined ? [] : [[name, Math.max(0, limit - off)] as const];
  });
  return {
    ...added,
    ...rule,
    ...Object.fromEntries(numbers),
    ...(rule.servers && { servers: rule.servers.slice(0, kept) }),
    allowed: off < 8,
  };
}
