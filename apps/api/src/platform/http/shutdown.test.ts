import { Agent, get, type IncomingMessage } from 'node:http';
import { Controller, Get, Logger, Module, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Response } from 'express';
import { HttpListener } from './listener.ts';
import { shutDown } from './shutdown.ts';

Logger.overrideLogger(false);

@Controller()
class Routes {
  @Get('quick')
  quick() {
    return 'done';
  }

  /** A stream that nobody ends. */
  @Get('stream')
  stream(@Res() response: Response): void {
    response.write('begin');
  }
}

@Module({ controllers: [Routes] })
class Root implements BeforeApplicationShutdown {
  static reached = false;
  static listener: HttpListener;

  async beforeApplicationShutdown(): Promise<void> {
    Root.reached = (await ask('/quick')).statusCode === 200;
  }
}

const agent = new Agent({ keepAlive: true });

async function ask(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port: Root.listener.port, path, agent }, (response) => {
      response.on('error', () => undefined).resume();
      resolve(response);
    }).on('error', reject);
  });
}

async function start() {
  Root.listener = await HttpListener.bind({ host: '127.0.0.1', port: 0 });
  const app = await NestFactory.create(Root, Root.listener.adapter(), { logger: false });
  await app.init();
  return app;
}

describe('shutdown', () => {
  afterEach(() => agent.destroy());

  it('answers until modules have finished, and then does not wait for connections that idle', async () => {
    const app = await start();
    Root.listener.serve(app.getHttpAdapter().getInstance());
    expect((await ask('/quick')).statusCode).toBe(200);
    const startedAt = performance.now();
    expect(await shutDown(app, Root.listener.server, 20, 'SIGTERM')).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(Root.reached).toBe(true);
    await expect(ask('/quick')).rejects.toMatchObject({ code: expect.stringMatching(/^ECONNRE/) });
  });

  it('cuts a stream that nobody ends when the grace is over', async () => {
    const app = await start();
    Root.listener.serve(app.getHttpAdapter().getInstance());
    const stream = await ask('/stream');
    const closed = new Promise((resolve) => stream.once('close', resolve));
    expect(await shutDown(app, Root.listener.server, 1, 'SIGTERM')).toBe(true);
    await closed;
  });

  it('is preceded by 503 until the application serves', async () => {
    const app = await start();
    expect((await ask('/quick')).statusCode).toBe(503);
    Root.listener.serve(app.getHttpAdapter().getInstance());
    expect((await ask('/quick')).statusCode).toBe(200);
    await shutDown(app, Root.listener.server, 1, 'SIGTERM');
  });
});
