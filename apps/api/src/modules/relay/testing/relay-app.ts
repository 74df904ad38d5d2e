import { Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Scope } from '@servonaut/contracts';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig, withPort } from '../../../config/app-config.ts';
import { ConfigModule } from '../../../config/config.module.ts';
import { createApp } from '../../../platform/http/create-app.ts';
import { HttpListener } from '../../../platform/http/listener.ts';
import { PlatformModule } from '../../../platform/platform.module.ts';
import { AuthModule, CredentialService, UserService } from '../../auth/index.ts';
import { deadlineQueueModule } from '../pending/deadline-queue.ts';
import { RelayModule } from '../relay.module.ts';

@Module({})
class Root {}

export interface RelayApp {
  readonly url: string;
  readonly app: NestExpressApplication;
  /** Makes a user with one credential. */
  newUser(name: string, scopes: readonly Scope[]): Promise<{ userId: string; credentialId: string; token: string }>;
  close(): Promise<void>;
}

/** The coordinator without its agents' side, served on a free port from a new data folder. */
export async function startRelayApp(environment: NodeJS.ProcessEnv = {}): Promise<RelayApp> {
  const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'silent', PORT: '0', ...environment };
  const listener = await HttpListener.bind(loadConfig(settings));
  const config = withPort(loadConfig(settings), listener.port);
  const queues = config.redisUrl === null ? [] : [deadlineQueueModule()];
  const imports = [ConfigModule.forRoot(config), PlatformModule, ...queues, AuthModule, RelayModule];
  const app = await createApp({ module: Root, imports }, config, listener.adapter());
  await app.init();
  listener.serve(app.getHttpAdapter().getInstance());
  const newUser: RelayApp['newUser'] = async (name, scopes) => {
    const { id: userId } = await app.get(UserService).create(name);
    const limits = { tools: null, servers: null, expiresAt: null, createdBy: null };
    const { facts, token } = await app.get(CredentialService).issue({ userId, label: name, scopes, ...limits });
    return { userId, credentialId: facts.id, token };
  };
  const close = async (): Promise<void> => {
    listener.server.closeIdleConnections();
    const closed = app.close();
    listener.server.closeAllConnections();
    await closed;
  };
  return { url: config.publicUrl, app, newUser, close };
}
