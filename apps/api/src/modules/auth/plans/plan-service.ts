import { Inject, Injectable } from '@nestjs/common';
import { ServonautError, type EntitlementRules } from '@servonaut/contracts';
import { asc, eq, gt, sql } from 'drizzle-orm';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { plans, users } from '../../../platform/database/schema.ts';
import { Revocations } from '../revocations.ts';

export interface Plan {
  readonly id: string;
  readonly rules: EntitlementRules;
  /** Counts the changes. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Plans, by which an admin says for many users at once what they may do. A change is known to all processes at once. */
@Injectable()
export class PlanService {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'people'>,
    @Inject(DATABASE) private readonly database: Database,
    private readonly revocations: Revocations,
  ) {}

  /** By ascending id, from after `after`. */
  list({ after, limit }: { readonly after: string; readonly limit: number }): Promise<Plan[]> {
    return this.database.select().from(plans).where(gt(plans.id, after)).orderBy(asc(plans.id)).limit(limit);
  }

  /** @throws ServonautError `not_found` */
  async get(id: string): Promise<Plan> {
    const [plan] = await this.database.select().from(plans).where(eq(plans.id, id));
    return found(plan);
  }

  /** @throws ServonautError `conflict` when there is one of this id */
  async create(id: string, rules: EntitlementRules): Promise<Plan> {
    const [plan] = await this.database.insert(plans).values({ id, rules }).onConflictDoNothing().returning();
    if (!plan) throw new ServonautError('conflict', { message: `There already is a plan "${id}".` });
    return plan;
  }

  /**
   * Puts these rules in the place of all that it has.
   * @param version the one to change; undefined for whichever it has
   * @throws ServonautError `not_found`, `version_mismatch`
   */
  async change(id: string, rules: EntitlementRules, version: number | undefined): Promise<Plan> {
    const plan = await this.database.transaction(async (transaction) => {
      await hold(id, version, transaction);
      const values = { rules, version: sql`${plans.version} + 1`, updatedAt: new Date() };
      const [changed] = await transaction.update(plans).set(values).where(eq(plans.id, id)).returning();
      return found(changed);
    });
    this.revocations.announceChange();
    return plan;
  }

  /** @throws ServonautError `not_found`, `version_mismatch`, `conflict` while users have it or are to get it */
  async remove(id: string, version: number | undefined): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await hold(id, version, transaction);
      if (id === this.config.people.defaultPlan) throw new ServonautError('conflict', IS_DEFAULT);
      const having = await transaction.$count(users, eq(users.planId, id));
      if (having > 0) throw inUse(id, having);
      await transaction.delete(plans).where(eq(plans.id, id));
    });
  }
}

/** Nobody gets it, or changes it, until the transaction ends. */
async function hold(id: string, version: number | undefined, transaction: Database): Promise<void> {
  const [row] = await transaction.select({ version: plans.version }).from(plans).where(eq(plans.id, id)).for('update');
  const plan = found(row);
  if (version !== undefined && plan.version !== version) throw new ServonautError('version_mismatch');
}

const IS_DEFAULT = {
  message: 'New users get this plan.',
  nextStep: 'Set DEFAULT_PLAN to another one first.',
};

function inUse(id: string, having: number): ServonautError {
  const who = having === 1 ? '1 user has' : `${having} users have`;
  return new ServonautError('conflict', {
    message: `${who} the plan "${id}".`,
    nextStep: 'Give them another plan, or none, first.',
  });
}

function found<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new ServonautError('not_found', { message: 'There is no such plan.' });
  return row;
}
