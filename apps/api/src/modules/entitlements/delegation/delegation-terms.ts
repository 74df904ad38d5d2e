import type { EntitlementRule } from '@servonaut/contracts';
import type { delegations } from '../../../platform/database/schema.ts';
import type { DelegationTerms } from './delegation.ts';

/** Of all calls of a delegation that says nothing of them: nobody lends all that they may call themselves by saying nothing. */
const DEFAULT_COUNTS: EntitlementRule = { per_day: 1_000, concurrent: 5 };

/** Says how many calls there may be in all, where the rules do not. */
export function bounded<T extends Partial<DelegationTerms>>(terms: T): T {
  const { rules } = terms;
  return rules === undefined ? terms : { ...terms, rules: { ...rules, '*': { ...DEFAULT_COUNTS, ...rules?.['*'] } } };
}

/** As they are written. */
export type Columns = Partial<typeof delegations.$inferInsert>;

export function columnsOf({ servers, tools, rules, expiresAt }: DelegationTerms): Columns & { servers: string[] };
export function columnsOf(terms: Partial<DelegationTerms>): Columns;
export function columnsOf({ servers, tools, ...rest }: Partial<DelegationTerms>): Columns {
  return {
    ...rest,
    ...(servers && { servers: [...servers] }),
    ...(tools !== undefined && { tools: tools && [...tools] }),
  };
}
