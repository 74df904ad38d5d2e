import type { Provider } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DATABASE, type DatabaseConnection } from './database.ts';

/** Injection token of the `DatabaseConnection`, for those who must know its kind or close it. */
export const DATABASE_CONNECTION = Symbol('DatabaseConnection');

/** Opens what the configuration asks for. Only the driver that is used is loaded. */
export async function openDatabase({
  databaseUrl,
  dataDir,
}: Pick<AppConfig, 'databaseUrl' | 'dataDir'>): Promise<DatabaseConnection> {
  if (databaseUrl === null) return (await import('./pglite-database.ts')).openPgliteDatabase(dataDir);
  return (await import('./postgresql-database.ts')).openPostgresqlDatabase(databaseUrl);
}

export const databaseProviders: Provider[] = [
  { provide: DATABASE_CONNECTION, inject: [APP_CONFIG], useFactory: openDatabase },
  { provide: DATABASE, inject: [DATABASE_CONNECTION], useFactory: ({ database }: DatabaseConnection) => database },
];
