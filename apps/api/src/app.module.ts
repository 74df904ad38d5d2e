import { Module, type DynamicModule } from '@nestjs/common';
import type { AppConfig } from './config/app-config.ts';
import { ConfigModule } from './config/config.module.ts';
import { AdminModule } from './modules/admin/index.ts';
import { AuditModule } from './modules/audit/index.ts';
import { AuthModule, AuthorizationModule } from './modules/auth/index.ts';
import { McpModule } from './modules/mcp/mcp.module.ts';
import { deadlineQueueModule, RelayModule } from './modules/relay/index.ts';
import { IdempotencyModule } from './platform/idempotency/idempotency.module.ts';
import { PlatformModule } from './platform/platform.module.ts';

/** The coordinator. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig): DynamicModule {
    const queues = config.redisUrl === null ? [] : [deadlineQueueModule()];
    const modules = [
      PlatformModule,
      ...queues,
      AuditModule,
      AuthModule,
      AuthorizationModule,
      AdminModule,
      RelayModule,
      McpModule,
      IdempotencyModule,
    ];
    return { module: AppModule, imports: [ConfigModule.forRoot(config), ...modules] };
  }
}
