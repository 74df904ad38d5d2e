import { Global, Module } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { temporaryFolder } from '@servonaut/testkit';
import type { Request, Response } from 'express';
import { loadConfig, withPort } from '../../../../config/app-config.ts';
import { ConfigModule } from '../../../../config/config.module.ts';
import { createApp } from '../../../../platform/http/create-app.ts';
import { HttpListener } from '../../../../platform/http/listener.ts';
import { PlatformModule } from '../../../../platform/platform.module.ts';
import { AuthModule } from '../../auth.module.ts';
import { Grants, type GrantFacts } from '../../oauth/grants.ts';
import { Interactions, type Interaction } from '../../oauth/interactions.ts';
import { peopleProviders } from '../../people/people.providers.ts';
import { PagesModule } from '../pages.module.ts';

/** One flow, as a test says it is, and how it ended. */
export class ScriptedInteractions extends Interactions {
  current: Interaction | undefined;
  readonly ended: string[] = [];

  async of(): Promise<Interaction> {
    if (this.current) return this.current;
    throw new ServonautError('not_found');
  }

  async signedIn(_: Request, response: Response, userId: string, methods: readonly string[]): Promise<void> {
    this.#end(response, `signed in ${userId} by ${methods.join('+')}`);
  }

  async allowed(_: Request, response: Response): Promise<void> {
    this.#end(response, 'allowed');
  }

  async denied(_: Request, response: Response): Promise<void> {
    this.#end(response, 'denied');
  }

  #end(response: Response, how: string): void {
    this.ended.push(how);
    response.redirect(303, '/oauth/authorize/resumed');
  }
}

export class ListedGrants extends Grants {
  readonly byUser = new Map<string, GrantFacts[]>();

  async list(userId: string): Promise<GrantFacts[]> {
    return this.byUser.get(userId) ?? [];
  }

  async isInForce(): Promise<boolean> {
    return true;
  }

  async revoke(id: string, userId: string): Promise<void> {
    const grants = this.byUser.get(userId) ?? [];
    if (!grants.some((grant) => grant.id === id)) throw new ServonautError('not_found');
    this.byUser.set(
      userId,
      grants.filter((grant) => grant.id !== id),
    );
  }

  async revokeAll(userId: string): Promise<void> {
    this.byUser.delete(userId);
  }
}

@Module({})
class Root {}

/** The pages on real people and a scripted flow, served on a free port from a new data folder. */
export async function startPagesApp(environment: NodeJS.ProcessEnv = {}) {
  const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'silent', PORT: '0', ...environment };
  const listener = await HttpListener.bind(loadConfig(settings));
  const config = withPort(loadConfig(settings), listener.port);
  const [interactions, grants] = [new ScriptedInteractions(), new ListedGrants()];
  const flow = [
    { provide: Interactions, useValue: interactions },
    { provide: Grants, useValue: grants },
  ];
  const others = { module: Others, providers: [...peopleProviders, ...flow], exports: [...peopleProviders, ...flow] };
  const imports = [ConfigModule.forRoot(config), PlatformModule, AuthModule, others, PagesModule];
  const app = await createApp({ module: Root, imports }, config, listener.adapter());
  await app.init();
  listener.serve(app.getHttpAdapter().getInstance());
  const close = async (): Promise<void> => {
    const closed = app.close();
    listener.server.closeAllConnections();
    await closed;
  };
  return { url: config.publicUrl, app, interactions, grants, close };
}

@Global()
@Module({})
class Others {}
