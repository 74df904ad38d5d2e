import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { DATABASE, type Database } from '../../../platform/database/database.ts';
import { holdsPlan } from './held-plan.ts';

/** The plan of users that an admin makes or invites and that name none. */
@Injectable()
export class DefaultPlan implements OnModuleInit {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'people'>,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  /** Said at the start rather than at the first invitation. @throws ServonautError `config_invalid` */
  async onModuleInit(): Promise<void> {
    await this.id();
  }

  /**
   * It stays until the transaction ends.
   * @returns null for none
   * @throws ServonautError `config_invalid` when there is no such plan
   */
  async id(transaction = this.database): Promise<string | null> {
    const { defaultPlan: id } = this.config.people;
    if (id === null || (await holdsPlan(id, transaction))) return id;
    throw new ServonautError('config_invalid', {
      message: `DEFAULT_PLAN: there is no plan "${id}".`,
      nextStep: 'Set it to the id of a plan, or to "none".',
    });
  }
}
