import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RowSweeper } from '../../../platform/database/row-sweeper.ts';
import { OidcRecords } from './oidc-records.ts';

/** Forgets expired records of the authorization server. */
@Injectable()
export class RecordSweeper implements OnModuleInit, OnModuleDestroy {
  readonly #sweeper: RowSweeper;

  constructor(records: OidcRecords) {
    this.#sweeper = new RowSweeper('records', (rows) => records.sweep(rows));
  }

  onModuleInit(): void {
    this.#sweeper.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#sweeper.stop();
  }
}
