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
import { Interactions, type Interaction, type PersonsSignIn } from '../../oauth/interactions.ts';
import { PagesModule } from '../pages.module.ts';

/** One flow, as a test says it is, and how it ended. */
export class ScriptedInteractions extends Interactions {
  current: Interaction | undefined;
  /** What the user may not give. */
  refused: string | undefined;
  readonly ended: string[] = [];

  async of(): Promise<Interaction> {
    if (this.current) return this.current;
    throw new ServonautError('not_found');
  }

  async signedIn(_: Request, response: Response, { userId, methods }: PersonsSignIn): Promise<void> {
    this.#end(response, `signed in ${userId} by ${methods.join('+')}`);
  }

  async allowed(_: Request, response: Response): Promise<void> {
    if (this.current?.missing.some((scope) => scope === this.refused)) throw new ServonautError('not_entitled');
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

@Module({})
class Root {}

/** The pages on real people and a scripted flow, served on a free port from a new data folder. */
export async function startPagesApp(environment: NodeJS.ProcessEnv = {}) {
  const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'silent', PORT: '0', ...environment };
  const listener = await HttpListener.bind(loadConfig(settings));
  const config = withPort(loadConfig(settings), listener.port);
  const interactions = new ScriptedInteractions();
  const provided = { provide: Interactions, useValue: interactions };
  const others = { module: Others, providers: [provided], exports: [provided] };
  const imports = [ConfigModule.forRoot(config), PlatformModule, AuthModule, others, PagesModule];
  const app = await createApp({ module: Root, imports }, config, listener.adapter());
  await app.init();
  listener.serve(app.getHttpAdapter().getInstance());
  const close = async (): Promise<void> => {
    const closed = app.close();
    listener.server.closeAllConnections();
    await closed;
  };
  return { url: config.publicUrl, app, interactions, close };
}

@Global()
@Module({})
class Others {}
