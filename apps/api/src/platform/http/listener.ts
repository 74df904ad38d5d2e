import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { ServonautError } from '@servonaut/contracts';
import type { AppConfig } from '../../config/app-config.ts';

/** Longer than the idle time of common load balancers (60 s), which would otherwise send a request into a closing connection. */
const KEEP_ALIVE_MS = 75_000;
/** For the whole request, headers included, to arrive; answers may take as long as they like. */
const REQUEST_TIMEOUT_MS = 60_000;

const STARTING: RequestListener = (_request, response) => {
  response.writeHead(503, { 'Retry-After': '1', 'Content-Type': 'text/plain' }).end('starting\n');
};

/**
 * The address of the coordinator, taken before anything else: a port in use is said at once, and with `PORT=0` everybody who needs the public
 * URL finds it in the configuration. Answers 503 until `serve`.
 */
export class HttpListener {
  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {}

  /** @throws ServonautError `config_invalid` when the address cannot be had. */
  static async bind({ host, port }: Pick<AppConfig, 'host' | 'port'>): Promise<HttpListener> {
    const server = createServer({
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      noDelay: true,
    });
    server.on('request', STARTING);
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw unusable(host, port, cause as NodeJS.ErrnoException);
    }
    return new HttpListener(server, (server.address() as AddressInfo).port);
  }

  /** For Nest, which then closes the server at the right point of its shutdown. */
  adapter(): ExpressAdapter {
    return new ListeningAdapter(this.server);
  }

  serve(handler: RequestListener): void {
    this.server.off('request', STARTING).on('request', handler);
  }
}

class ListeningAdapter extends ExpressAdapter {
  readonly #server: Server;

  constructor(server: Server) {
    super();
    this.#server = server;
  }

  override initHttpServer(): void {
    this.httpServer = this.#server;
  }
}

function unusable(host: string, port: number, cause: NodeJS.ErrnoException): ServonautError {
  const taken = cause.code === 'EADDRINUSE';
  return new ServonautError('config_invalid', {
    message: taken ? `Port ${port} on ${host} is already in use.` : `Cannot listen on ${host}:${port} (${cause.code}).`,
    nextStep: 'Choose another with PORT or HOST, or stop what is using it.',
    cause,
  });
}
